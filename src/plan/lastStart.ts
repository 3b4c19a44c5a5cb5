import type { DesiredNode } from '../engines/desired.ts';
import type { HostFacts } from '../facts/facts.ts';
import { tookPath } from '../topology/paths.ts';

/** Seconds that a node's last start took until it was ready, as its host remembers; null: not known. */
export function lastStartS({ paths }: Pick<DesiredNode, 'paths'>, host: HostFacts | undefined): number | null {
  const text = host?.reachable ? host.texts[tookPath(paths.run)]?.trim() : undefined;
  const seconds = Number(text);
  return text === undefined || text === '' || !Number.isFinite(seconds) ? null : seconds;
}
