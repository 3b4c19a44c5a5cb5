import type { DialectFacts, Facts, HostFacts, ProbeRequest, UnreachableHost } from '../../facts/facts.ts';
import { probeHost } from '../../facts/probe.ts';
import { stateFolder } from '../../state/folder.ts';
import { type OpenHost, TransportError } from '../../transport/host.ts';
import { addDialects } from './addDialects.ts';

/** Of a caller that needs a fast answer: what is left of it, when hosts have answered, is for reading an image. */
const HURRY_MS = 4_500;

export interface GatherOptions {
  readonly signal?: AbortSignal;
  /** Somebody waits: better a host that did not answer in time than patience with it. */
  readonly hurry?: boolean;
  /** Called as each host has answered, or turned out not to. */
  readonly onHost?: (facts: HostFacts, durationMs: number) => void;
  /** Where this machine keeps what it read of images; by default where it keeps all else. */
  readonly stateFolder?: string;
  /** Of a caller that asks again and again: images that could not be read. */
  readonly unreadable?: Map<string, DialectFacts>;
}

/**
 * Asks every host at once, one round trip each, and one host for what an image accepts that was never read before. A host
 * that can't be reached is a fact too.
 */
export async function gatherFacts(
  open: OpenHost,
  requests: Readonly<Record<string, ProbeRequest>>,
  options: GatherOptions = {},
): Promise<Facts> {
  const startedMs = performance.now();
  const entries = Object.entries(requests).map(async ([address, request]): Promise<[string, HostFacts]> => {
    const begunMs = performance.now();
    const facts = await ask(open, address, request, options);
    options.onHost?.(facts, performance.now() - begunMs);
    return [address, facts];
  });
  const facts = Object.fromEntries(await Promise.all(entries));
  return addDialects(facts, requests, open, {
    stateFolder: options.stateFolder ?? stateFolder(),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.unreadable === undefined ? {} : { unreadable: options.unreadable }),
    ...(options.hurry === true ? { deadlineMs: HURRY_MS - (performance.now() - startedMs) } : {}),
  });
}

async function ask(
  open: OpenHost,
  address: string,
  request: ProbeRequest,
  { signal, hurry = false }: GatherOptions,
): Promise<HostFacts> {
  const begunMs = performance.now();
  try {
    const host = await open(address, signal);
    return await probeHost(host, request, {
      hurry,
      spentMs: performance.now() - begunMs,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof TransportError) return unreachable(address, error);
    throw error;
  }
}

function unreachable(address: string, error: TransportError): UnreachableHost {
  const { code } = error;
  const known =
    code === 'handshake' ||
    code === 'auth' ||
    code === 'host-key-unknown' ||
    code === 'host-key-changed' ||
    code === 'host-key-revoked';
  const hint = error.hint === null ? '' : ` (${error.hint})`;
  return {
    reachable: false,
    address,
    code: known ? code : code === 'no-shell' ? 'probe' : 'unreachable',
    reason: `${error.message}${hint}`,
    ...(error.hint === null ? {} : { hint: error.hint }),
  };
}
