import { lines } from '../../shell/sections.ts';
import type { RdmaFacts } from '../accelerator.ts';

/** Lines `mlx5_0 InfiniBand ACTIVE mlx5_core`, then `nodes` and `peer-memory` where these are. */
export function parseRdma(answered: string): RdmaFacts {
  const said = lines(answered);
  return {
    ports: said.flatMap((line) => {
      const [, device, layer, state, driver] = /^(\S+) (\S+) (\w+) ?(\S*)$/.exec(line) ?? [];
      return device === undefined ? [] : [{ device, layer: layer!, state: state!, driver: driver! }];
    }),
    hasNodes: said.includes('nodes'),
    peerMemory: said.includes('peer-memory'),
  };
}
