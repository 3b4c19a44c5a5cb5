import { parseJson, type Shape, ShapeError } from '../../../files/parseJson.ts';
import { emptyPlacement, parseNpy } from '../../../placement/index.ts';
import type { LiveEngine, LiveMap, SwapAnswer, SwapRequest } from '../../liveSwap.ts';
import { AnswerFileShape, EngineFileShape, MapFileShape } from './liveMap.gen.ts';

/** @throws Error for what no engine of this contract writes */
export function parseLiveEngine(text: string): LiveEngine {
  const { pid, layers, ranks, slots_per_rank: slotsPerRank, experts, epoch } = parsed(text, EngineFileShape);
  return { pid, layers, ranks, slotsPerRank, experts, epoch };
}

/** @param about `maps/<epoch>.json` @param npy `maps/<epoch>.npy`, int32 (layers, ranks, slots) @throws Error */
export function parseLiveMap(about: string, npy: Uint8Array, { layers, ranks, slotsPerRank, experts }: LiveEngine) {
  const { epoch, from_step: fromStep } = parsed(about, MapFileShape);
  const { shape, data } = parseNpy(npy);
  if (shape.join() !== [layers, ranks, slotsPerRank].join())
    throw new Error(`its shape is (${shape.join(', ')}), the engine says (${layers}, ${ranks}, ${slotsPerRank})`);
  const placement = emptyPlacement(layers, ranks, experts, slotsPerRank);
  for (let slot = 0; slot < data.length; slot++) {
    const expert = data[slot]!;
    if (!Number.isInteger(expert) || expert < -1 || expert >= experts)
      throw new Error(`it has expert ${expert}, the engine has ${experts}`);
    placement.slotExpert[slot] = expert;
  }
  return { epoch, fromStep, placement } satisfies LiveMap;
}

/** Null: it answers a request that could not even be read. @throws Error */
export function parseSwapAnswer(text: string): SwapAnswer | null {
  const said = parsed(text, AnswerFileShape);
  const { id, state, reason } = said;
  if (typeof id !== 'string') return null;
  const { epoch, from_step: fromStep } = state === 'applied' ? said : { epoch: 0, from_step: 0 };
  return { id, state, reason: String(reason ?? ''), epoch, fromStep };
}

/** `live-map/request.json`. */
export function swapRequestText({ id, baseEpoch, layers }: SwapRequest, ranks: number): string {
  const rows = layers.map(({ layer, slots }) => {
    const width = slots.length / ranks;
    const ofRank = (rank: number) => Array.from(slots.subarray(rank * width, (rank + 1) * width));
    return { layer, slots: Array.from({ length: ranks }, (_, rank) => ofRank(rank)) };
  });
  return `${JSON.stringify({ version: 1, id, base_epoch: baseEpoch, layers: rows })}\n`;
}

function parsed<T>(text: string, shape: Shape<T>): T {
  try {
    return parseJson(text, shape);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const { faults, cause } = error;
    // of a later form nothing else is known
    const { path, value } = faults.find((fault) => fault.path === 'version') ?? faults[0] ?? {};
    if (path === undefined) throw cause;
    if (path === '') throw new Error('it is no JSON object', { cause });
    if (path === 'version') throw new Error(`it is of version ${value}, 1 is understood`, { cause });
    throw new Error(`its ${path} is ${JSON.stringify(value)}`, { cause });
  }
}
