import type { Connector } from './connector.ts';
import { openLmcache } from './lmcache.ts';
import { openMooncake } from './mooncake.ts';
import { type ConnectorInput, openNixl } from './nixl.ts';

/** The rank's side of `--kv-transfer-config`; null: it hands nothing over. */
export async function openConnector(input: ConnectorInput): Promise<Connector | null> {
  switch (input.options.kvTransfer?.connector) {
    case undefined:
      return null;
    case 'MooncakeConnector':
      return openMooncake(input);
    case 'LMCacheConnectorV1':
      return openLmcache(input);
    default:
      return openNixl(input);
  }
}

/** Answers as if the transfer were set up wrongly: nothing is offered and nothing taken, and no request fails. */
export function withoutTransfer(connector: Connector): Connector {
  return {
    take: () => Promise.resolve(0),
    give: () => null,
    keptTokens: () => connector.keptTokens(),
    expired: 0,
  };
}
