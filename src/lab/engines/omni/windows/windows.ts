import { setTimeout as delay } from 'node:timers/promises';
import { writeDump } from '../experts/dump.ts';
import { planDynamic } from '../experts/dynamic.ts';
import type { LayerChange } from '../experts/layerChange.ts';
import type { LiveMap } from '../experts/liveMap.ts';
import type { Experts } from '../experts/loadExperts.ts';
import type { MapRequest } from '../experts/mapRequest.ts';
import type { Group } from '../group/group.ts';
import { logError, logInfo } from '../log.ts';
import { recordChange, recordWindow, type WindowHistory } from './history.ts';
import { WindowMeter } from './meter.ts';

/**
 * Closes a window after the other for as long as rank 0 lives: counts it, dumps it, and at its close changes what serves,
 * where a controller asks for that or OmniPlacement's dynamic mode would. The last, partial window is lost as there.
 */
export async function startWindows(group: Group, experts: Experts, history: WindowHistory, windowMs: number) {
  const { collect, change } = group;
  if (!collect || !change) return;
  const { slots, dumpFolder, liveMap, dynamic } = experts;
  const first = await collect();
  const perLayer = slots.numRanks * slots.slotsPerRank;
  const window = new WindowMeter(first, perLayer);
  /** What dynamic mode goes by: without what came while experts moved. */
  const settled = new WindowMeter(first, perLayer);

  const absorb = (counts: Float64Array) => {
    window.absorb(counts);
    settled.absorb(counts);
  };
  const closeWindow = (counts: Float64Array) => {
    absorb(counts);
    const tokens = window.close();
    recordWindow(history, tokens, slots);
    if (dumpFolder) writeDump(dumpFolder, history.recordStep, tokens, slots);
  };
  const changeSlots = (decide: (counts: Float64Array) => readonly LayerChange[]) =>
    change((counts) => {
      const changes = decide(counts);
      recordChange(history, changes, slots);
      window.restart(changes);
      settled.restart(changes);
      return changes;
    });

  const closeAndChange = async (map: LiveMap, request: MapRequest) => {
    let staged: readonly LayerChange[] = [];
    try {
      await changeSlots((counts) => {
        closeWindow(counts);
        staged = map.stage(request, history.recordStep + 1);
        return staged;
      });
    } catch (cause) {
      if (staged.length === 0) map.refuse(request.id, (cause as Error).message);
      throw cause;
    }
    if (staged.length > 0) map.applied(request);
  };
  const rearrange = async (maxReplicas: number | null) => {
    const rounds = planDynamic(slots, settled.close(), maxReplicas, windowMs);
    for (const { changes, ms } of rounds) {
      await delay(ms);
      await changeSlots((counts) => {
        absorb(counts);
        return changes;
      });
    }
    if (rounds.length === 0) return;
    logInfo(`dynamic: ${rounds.flatMap(({ changes }) => changes).length} layers changed in ${rounds.length} rounds`);
    absorb(await collect());
    settled.close();
  };

  let busy = false;
  setInterval(async () => {
    if (busy) return;
    busy = true;
    try {
      const request = liveMap?.next() ?? null;
      if (liveMap && request) await closeAndChange(liveMap, request);
      else closeWindow(await collect());
      if (dynamic) await rearrange(dynamic.maxReplicas);
    } catch (cause) {
      logError(`after recordstep ${history.recordStep}: ${(cause as Error).message}`);
    }
    busy = false;
  }, windowMs);
}
