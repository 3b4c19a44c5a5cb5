import functions from '../../../../templates/live_map.sh';
import type { LiveState, LiveSwap } from '../../liveSwap.ts';
import { parseLiveEngine, parseLiveMap, parseSwapAnswer, swapRequestText } from './liveMap.ts';

/** The live map (docs/live-map.md). */
export const liveSwap: LiveSwap = {
  functions,
  read,
  requestText: swapRequestText,
  firstSwap: 'live-map/maps/1.json',
};

function read(parts: ReadonlyMap<string, Uint8Array>): LiveState {
  const text = (name: string) => {
    const bytes = parts.get(name);
    return bytes === undefined ? null : new TextDecoder().decode(bytes);
  };
  const engine = readable('live-map/engine.json', text('engine'), parseLiveEngine);
  const epochs = [...parts.keys()].flatMap((name) => (name.startsWith('map ') ? [name.slice(4)] : []));
  return {
    engine,
    maps:
      engine === null
        ? []
        : epochs.flatMap((epoch) => {
            const npy = parts.get(`npy ${epoch}`);
            if (npy === undefined) return [];
            const file = `live-map/maps/${epoch}`;
            return readable(file, text(`map ${epoch}`), (about) => parseLiveMap(about, npy, engine)) ?? [];
          }),
    answer: readable('live-map/answer.json', text('answer'), parseSwapAnswer),
  };
}

function readable<T>(file: string, text: string | null, parse: (text: string) => T): T | null {
  if (text === null) return null;
  try {
    return parse(text);
  } catch (cause) {
    throw new Error(`${file}: ${(cause as Error).message}`, { cause });
  }
}
