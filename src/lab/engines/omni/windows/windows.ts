import { setTimeout as delay } from 'node:timers/promises';
import { logError, logInfo } from '../../shared/log.ts';
import { writeDump } from '../experts/dump.ts';
import { planDynamic } from '../experts/dynamic.ts';
import type { LayerChange } from '../experts/layerChange.ts';
import type { LiveMap } from '../experts/liveMap.ts';
import type { Experts } from '../experts/loadExperts.ts';
import type { MapRequest } from '../experts/mapRequest.ts';
import type { Group } from '../group/group.ts';
import { recordChange, recordWindow, type WindowHistory } from './history.ts';
import { WindowMeter } from './meter.ts';

/**
 * Closes a window after the other for as long as rank 0 lives: counts it, dumps it, and at its close changes what serves,
 * where a controller asks for that or OmniPlacement's dynamic mode would. The last, partial window is lost as there.
 */
export async function startWindows(group: Group, experts: Experts, history: WindowHistory, windowMs: number) {
  const { collect, change, giveWindow } = group;
  if (!collect || !change) return;
  const windows = new Windows({ collect, change, giveWindow }, experts, history, windowMs, await collect());
  let busy = false;
  setInterval(async () => {
    if (busy) return;
    busy = true;
    await windows.next().catch((cause: Error) => logError(`after recordstep ${history.recordStep}: ${cause.message}`));
    busy = false;
  }, windowMs);
}

class Windows {
  readonly #window: WindowMeter;
  /** What dynamic mode goes by: without what came while experts moved. */
  readonly #settled: WindowMeter;

  constructor(
    private readonly group: { readonly [Of in 'collect' | 'change']: NonNullable<Group[Of]> } & Pick<
      Group,
      'giveWindow'
    >,
    private readonly experts: Experts,
    private readonly history: WindowHistory,
    private readonly windowMs: number,
    first: Float64Array,
  ) {
    const { numRanks, slotsPerRank } = experts.slots;
    this.#window = new WindowMeter(first, numRanks * slotsPerRank);
    this.#settled = new WindowMeter(first, numRanks * slotsPerRank);
  }

  /** Closes one. */
  async next(): Promise<void> {
    const { liveMap, dynamic } = this.experts;
    const request = liveMap?.next() ?? null;
    if (liveMap && request) await this.#closeAndChange(liveMap, request);
    else this.#close(await this.group.collect());
    if (dynamic) await this.#rearrange(dynamic.maxReplicas);
  }

  #absorb(counts: Float64Array): void {
    this.#window.absorb(counts);
    this.#settled.absorb(counts);
  }

  #close(counts: Float64Array): void {
    const { slots, dumpFolder, dumpingRank } = this.experts;
    this.#absorb(counts);
    const tokens = this.#window.close();
    recordWindow(this.history, tokens, slots);
    if (dumpFolder) writeDump(dumpFolder, this.history.recordStep, tokens, slots);
    else if (dumpingRank !== 0) this.group.giveWindow?.(dumpingRank, this.history.recordStep, tokens);
  }

  #changeSlots(decide: (counts: Float64Array) => readonly LayerChange[]): Promise<void> {
    return this.group.change((counts) => {
      const changes = decide(counts);
      recordChange(this.history, changes, this.experts.slots);
      this.#window.restart(changes);
      this.#settled.restart(changes);
      return changes;
    });
  }

  async #closeAndChange(map: LiveMap, request: MapRequest): Promise<void> {
    let staged: readonly LayerChange[] = [];
    try {
      await this.#changeSlots((counts) => {
        this.#close(counts);
        staged = map.stage(request, this.history.recordStep + 1);
        return staged;
      });
    } catch (cause) {
      if (staged.length === 0) map.refuse(request.id, (cause as Error).message);
      throw cause;
    }
    if (staged.length > 0) map.applied(request);
  }

  async #rearrange(maxReplicas: number | null): Promise<void> {
    const rounds = planDynamic(this.experts.slots, this.#settled.close(), maxReplicas, this.windowMs);
    for (const { changes, ms } of rounds) {
      await delay(ms);
      await this.#changeSlots((counts) => {
        this.#absorb(counts);
        return changes;
      });
    }
    if (rounds.length === 0) return;
    logInfo(`dynamic: ${rounds.flatMap(({ changes }) => changes).length} layers changed in ${rounds.length} rounds`);
    this.#absorb(await this.group.collect());
    this.#settled.close();
  }
}
