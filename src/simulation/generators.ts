import { SimulationError } from '../moves/lifeCycle.ts';
import { Random } from '../placement/index.ts';
import type { Trace } from './traces.ts';

export const GENERATORS = {
  steady: 'the same popularity throughout',
  drift: 'popularity walks slowly, expert by expert',
  bursts: 'a few experts flare up for a while',
  antiphase: 'two halves of the experts take turns being hot',
  diurnal: 'two profiles fade into each other and back, and traffic falls with one',
  mix: 'prompts change at once: a new mixture of topics each period',
} as const;

/** Passes between two moves of popularity. */
const TICK = 20;
const PROFILES: Readonly<Record<GeneratorName, (settings: GeneratorSettings, random: Random) => Profile>> = {
  steady: (settings, random) => {
    const base = topic(settings, random);
    return (_, expected) => spread(base, settings, 1, expected);
  },
  drift: (settings, random) => {
    const base = topic(settings, random);
    const walk = base.map(() => 0);
    // the walk forgets itself over a period, so that skew stays what was asked for
    const keep = Math.exp(-TICK / settings.period);
    const kick = settings.skew * Math.sqrt(1 - keep * keep);
    const weight = base.slice();
    return (_, expected) => {
      for (let i = 0; i < walk.length; i++) {
        walk[i] = keep * walk[i]! + kick * random.normal();
        weight[i] = base[i]! * Math.exp(walk[i]!);
      }
      spread(weight, settings, 1, expected);
    };
  },
  bursts: (settings, random) => {
    const base = topic(settings, random);
    const heat = base.map(() => 1);
    const ends = new Float64Array(base.length);
    const chance = (0.02 * TICK) / settings.period;
    const weight = base.slice();
    return (step, expected) => {
      for (let i = 0; i < base.length; i++) {
        if (ends[i]! <= step) {
          heat[i] = random.uniform() < chance ? 4 + 8 * random.uniform() : 1;
          ends[i] = heat[i]! > 1 ? step + settings.period * (0.5 + random.uniform()) : 0;
        }
        weight[i] = base[i]! * heat[i]!;
      }
      spread(weight, settings, 1, expected);
    };
  },
  antiphase: (settings, random) => {
    const base = topic(settings, random);
    const side = base.map(() => (random.uniform() < 0.5 ? 0 : 1));
    const weight = base.slice();
    return (step, expected) => {
      const turn = Math.floor(step / settings.period) % 2;
      for (let i = 0; i < base.length; i++) weight[i] = base[i]! * (side[i] === turn ? 3 : 0.4);
      spread(weight, settings, 1, expected);
    };
  },
  diurnal: (settings, random) => {
    const day = topic(settings, random);
    const night = topic(settings, random);
    const weight = day.slice();
    return (step, expected) => {
      const dayness = 0.5 + 0.5 * Math.cos((2 * Math.PI * step) / settings.period);
      for (let i = 0; i < day.length; i++) weight[i] = dayness * day[i]! + (1 - dayness) * night[i]!;
      spread(weight, settings, 0.4 + 0.6 * dayness, expected);
    };
  },
  mix: (settings, random) => {
    const topics = Array.from({ length: TOPICS }, () => topic(settings, random));
    const weight = topics[0]!.slice();
    let mixture = -1;
    return (step, expected) => {
      for (; mixture < Math.floor(step / settings.period); mixture++) {
        const shares = topics.map(() => random.uniform() ** 3);
        const sum = shares.reduce((a, b) => a + b, 0);
        for (let i = 0; i < weight.length; i++) {
          weight[i] = topics.reduce((all, one, t) => all + (one[i]! * shares[t]!) / sum, 0);
        }
      }
      spread(weight, settings, 1, expected);
    };
  },
};
const TOPICS = 5;
const NORMALS = (() => {
  const random = Random.scrambled(1);
  return Float64Array.from({ length: 1 << 14 }, () => random.normal());
})();

export type GeneratorName = keyof typeof GENERATORS;

export interface GeneratorSettings {
  readonly steps: number;
  readonly layers: number;
  readonly experts: number;
  /** routed to the experts of a layer in one pass: tokens x top-k */
  readonly tokens: number;
  /** passes of one turn, flare or mixture */
  readonly period: number;
  /** deviation of the logarithm of popularity */
  readonly skew: number;
  /** sampling noise of single passes, as that of a router that draws */
  readonly noise: boolean;
  readonly seed: number;
}

/** A trace made up as it is read; popularity moves every `TICK` passes, sampling noise is new in each. */
export function generatedTrace(name: string, settings: GeneratorSettings): Trace {
  if (!Object.hasOwn(GENERATORS, name)) {
    throw new SimulationError(
      'bad-trace',
      `there is no generator ${name}; there are ${Object.keys(GENERATORS).join(', ')}`,
    );
  }
  const { layers, experts, steps, seed } = settings;
  const expected = new Float64Array(layers * experts);
  const deviation = new Float64Array(layers * experts);
  const popularity = PROFILES[name as GeneratorName](settings, Random.scrambled(seed));
  let tick = -1;
  return {
    layers,
    experts,
    steps,
    read(step, into) {
      const now = Math.floor(step / TICK);
      if (now < tick) throw new SimulationError('bad-trace', 'a generated trace is read forwards only');
      if (tick < now) {
        while (tick < now) popularity(++tick * TICK, expected);
        for (let i = 0; i < expected.length; i++) deviation[i] = settings.noise ? Math.sqrt(expected[i]!) : 0;
      }
      addNoise(expected, deviation, seed, step, into);
    },
  };
}

/** Writes the expected tokens at a step, [layer][expert]; called in rising order. */
type Profile = (step: number, expected: Float64Array) => void;

/** [layer][expert] popularity, 1 in the mean of each layer. */
function topic({ layers, experts, skew }: GeneratorSettings, random: Random): Float64Array {
  const weight = new Float64Array(layers * experts);
  for (let layer = 0; layer < layers; layer++) {
    const of = weight.subarray(layer * experts, (layer + 1) * experts);
    let sum = 0;
    for (let e = 0; e < experts; e++) {
      of[e] = Math.exp(skew * random.normal());
      sum += of[e]!;
    }
    for (let e = 0; e < experts; e++) of[e]! *= experts / sum;
  }
  return weight;
}

function spread(weight: Float64Array, settings: GeneratorSettings, traffic: number, expected: Float64Array): void {
  const { layers, experts, tokens } = settings;
  for (let layer = 0; layer < layers; layer++) {
    const past = (layer + 1) * experts;
    let sum = 0;
    for (let i = layer * experts; i < past; i++) sum += weight[i]!;
    const scale = (tokens * traffic) / sum;
    for (let i = layer * experts; i < past; i++) expected[i] = weight[i]! * scale;
  }
}

/** Whole tokens around the expected, with a router's deviation; drawing each would cost a hundred times as much. */
function addNoise(
  expected: Float64Array,
  deviation: Float64Array,
  seed: number,
  step: number,
  into: Float64Array,
): void {
  const random = Random.scrambled(Math.imul(seed, 0x01000193) ^ step);
  let at = random.below(NORMALS.length);
  const stride = 2 * random.below(NORMALS.length / 2) + 1;
  for (let i = 0; i < into.length; i++) {
    into[i] = Math.max(0, Math.round(expected[i]! + deviation[i]! * NORMALS[at]!));
    at = (at + stride) & (NORMALS.length - 1);
  }
}
