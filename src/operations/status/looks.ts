import type { ServerMetrics } from '../../facts/servers/parseMetrics.ts';
import { type KeptLook, keepLook, keptLook, type LookedAt } from '../../state/keptLook.ts';

/** A watch shows the load of so long, and no look that is younger is replaced by another. */
const SPAN_MS = 60_000;

/** The looks that later ones are compared with: those of this process, before it the one that an earlier `status` kept. */
export class Looks {
  #own: readonly KeptLook[] = [];
  #kept: Promise<KeptLook | null> | null = null;

  constructor(
    private readonly stateFolder: string,
    private readonly cluster: LookedAt,
  ) {}

  /** What to count from; null: nothing was ever kept here. */
  async before(now: Date): Promise<KeptLook | null> {
    this.#kept ??= keptLook(this.stateFolder, this.cluster);
    return lookBefore(this.#own, now) ?? (await this.#kept);
  }

  /** Remembers this look, and keeps it for other runs of `status` unless a kept one is about as new. */
  async add(metrics: ReadonlyMap<string, ServerMetrics>, now: Date): Promise<void> {
    if (metrics.size === 0) return;
    const servers = [...metrics].map(([at, { ttft, tpot, startS }]) => [at, { ttft, tpot, start_s: startS }] as const);
    const look = { at: now.toISOString(), servers: Object.fromEntries(servers) };
    const from = lookBefore(this.#own, now);
    // looks older than the one that counts won't count again
    this.#own = [...this.#own.filter(({ at }) => from === null || at >= from.at), look];
    const kept = (await this.#kept) ?? null;
    if (kept !== null && ageMs(kept, now) < SPAN_MS && ageMs(kept, now) >= 0) return;
    this.#kept = Promise.resolve(look);
    await keepLook(this.stateFolder, this.cluster, look);
  }
}

/** The newest that is as old as the span, else the oldest; null: there is none. */
export function lookBefore(looks: readonly KeptLook[], now: Date): KeptLook | null {
  return looks.findLast((look) => ageMs(look, now) >= SPAN_MS) ?? looks[0] ?? null;
}

function ageMs({ at }: KeptLook, now: Date): number {
  return now.getTime() - Date.parse(at);
}
