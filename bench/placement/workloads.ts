import type { Load } from '../../src/placement/types.ts';

/** Seeded loads in the shapes of published models. All are [episode][layer][expert] token counts. */
export interface Workload {
  readonly name: string;
  readonly shape: string;
  readonly load: Load;
}

export interface Shape {
  readonly layers: number;
  readonly experts: number;
}

export const SHAPES = {
  'DeepSeek-V3': { layers: 58, experts: 256 },
  'Kimi-K2': { layers: 60, experts: 384 },
  Qwen3: { layers: 94, experts: 128 },
  Switch: { layers: 6, experts: 128 },
} as const;

export type Skew = 'zipf' | 'heavy-zipf' | 'log-normal' | 'grouped' | 'switch';
export type Motion = 'antiphase' | 'bursts' | 'drift' | 'noise';

const TOKENS = 1 << 20; // per layer and episode

export function skewedLoad(shape: Shape, skew: Skew, seed: number): Load {
  const random = generator(seed);
  const tokens = new Float64Array(shape.layers * shape.experts);
  for (let layer = 0; layer < shape.layers; layer++) {
    writeTokens(tokens, layer * shape.experts, popularity(shape.experts, skew, random));
  }
  return { episodes: 1, layers: shape.layers, experts: shape.experts, tokens };
}

/**
 * antiphase: two halves of the experts take turns; bursts: one expert in ten flares up again and again; drift: a random
 * walk; noise: any expert may flare up, none oftener than another, so that the past says nothing about the next.
 */
export function movingLoad(shape: Shape, motion: Motion, episodes: number, seed: number): Load {
  const random = generator(seed);
  const { layers, experts } = shape;
  const tokens = new Float64Array(episodes * layers * experts);
  for (let layer = 0; layer < layers; layer++) {
    const base = popularity(experts, 'log-normal', random);
    const side = base.map(() => random.uniform() < 0.5);
    const prone = base.map(() => random.uniform() < 0.1);
    const walk = base.map(() => 0);
    for (let episode = 0; episode < episodes; episode++) {
      const weight = base.slice();
      for (let e = 0; e < experts; e++) {
        if (motion === 'antiphase') weight[e]! *= side[e] === (episode % 2 === 0) ? 3 : 0.4;
        if (motion === 'bursts' && prone[e] && random.uniform() < 0.4) weight[e]! *= 2 + 4 * random.uniform();
        if (motion === 'noise' && random.uniform() < 0.04) weight[e]! *= 4 + 8 * random.uniform();
        if (motion === 'drift') {
          walk[e]! += 0.2 * random.normal();
          weight[e]! *= Math.exp(walk[e]!);
        }
        weight[e]! *= Math.exp(0.1 * random.normal());
      }
      writeTokens(tokens, (episode * layers + layer) * experts, weight);
    }
  }
  return { episodes, layers, experts, tokens };
}

function popularity(experts: number, skew: Skew, random: Generator): number[] {
  const weight: number[] = [];
  if (skew === 'log-normal') for (let e = 0; e < experts; e++) weight.push(Math.exp(random.normal()));
  else if (skew === 'grouped') {
    // groups of 32 that are hot together, as in group-limited routing
    for (let e = 0; e < experts; e += 32) {
      const heat = Math.exp(0.8 * random.normal());
      for (let k = 0; k < 32 && e + k < experts; k++) weight.push(heat * Math.exp(0.7 * random.normal()));
    }
  } else if (skew === 'switch') {
    // two experts carry most of a layer, some experts nothing at all
    for (let e = 0; e < experts; e++) weight.push(random.uniform() < 0.2 ? 0 : Math.exp(1.3 * random.normal()));
    weight[0] = experts * 0.35;
    weight[1] = experts * 0.2;
    shuffle(weight, random);
  } else {
    const exponent = skew === 'zipf' ? 0.8 : 1.3;
    for (let e = 0; e < experts; e++) weight.push((e + 1) ** -exponent * (0.9 + 0.2 * random.uniform()));
    shuffle(weight, random);
  }
  return weight;
}

function writeTokens(tokens: Float64Array, at: number, weight: number[]): void {
  let sum = 0;
  for (const w of weight) sum += w;
  for (let e = 0; e < weight.length; e++) tokens[at + e] = Math.round((weight[e]! / sum) * TOKENS * 8);
}

function shuffle(values: number[], random: Generator): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
}

export interface Generator {
  uniform(): number;
  normal(): number;
}

export function generator(seed: number): Generator {
  let state = seed | 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
