import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layerSlots, type Placement, writeNpyInt32 } from '../../src/placement/index.ts';
import { Random } from '../../src/placement/random.ts';

/** Slot counts of one window as OmniPlacement writes them: each expert's tokens shared evenly by its copies. [layer][expert] */
export function windowText(tokens: Float64Array, placement: Placement): string {
  const lines: string[] = [];
  for (let layer = 0; layer < placement.layers; layer++) {
    const slots = layerSlots(placement, layer);
    const copies = new Map<number, number>();
    for (const expert of slots) copies.set(expert, (copies.get(expert) ?? 0) + 1);
    const counts = Array.from(slots, (expert) =>
      expert < 0 ? 0 : Math.round(tokens[layer * placement.experts + expert]! / copies.get(expert)!),
    );
    lines.push(`${counts.join('\t')}\t\n`);
  }
  return lines.join('');
}

/** Tokens whose popular experts are those of `seed`: [layer][expert], a few of them ten times as hot. */
export function skewedTokens(layers: number, experts: number, seed: number, noise = 0): Float64Array {
  const random = Random.scrambled(seed);
  const noisy = Random.scrambled(noise + 1);
  return Float64Array.from({ length: layers * experts }, () => {
    const hot = random.uniform() < 0.15 ? 10 : 1;
    return Math.round(1_000 * hot * (0.8 + 0.4 * random.uniform()) * (noise === 0 ? 1 : 0.99 + 0.02 * noisy.uniform()));
  });
}

/** The engine's side of docs/live-map.md on this machine's disk; windows close when it is told, and `silent` it answers nothing. */
export class FakeLiveEngine {
  placement: Placement;
  epoch = 0;
  step = 0;
  silent = false;
  readonly folder: string;

  constructor(
    dumpDir: string,
    readonly stamp: string,
    loaded: Placement,
    /** What it can do beside writing windows. */
    readonly canSwap = true,
  ) {
    this.folder = join(dumpDir, stamp);
    this.placement = copyOf(loaded);
    mkdirSync(join(this.folder, canSwap ? 'live-map/maps' : '.'), { recursive: true });
    if (canSwap) this.#tell();
  }

  /** The window ends: it is written under the map of its time, then what was asked for is done. @param ageS how long ago */
  close(tokens: Float64Array, ageS = 0): void {
    this.step += 1;
    const file = join(this.folder, `activation_counts_recordstep_${this.step}_rank_0.txt`);
    writeFileSync(file, windowText(tokens, this.placement));
    if (ageS > 0) utimesSync(file, Date.now() / 1000 - ageS, Date.now() / 1000 - ageS);
    if (this.canSwap && !this.silent) this.#answer();
  }

  /** What the engine was asked for last. */
  request(): { id: string; base_epoch: number; layers: { layer: number; slots: number[][] }[] } | null {
    const file = join(this.folder, 'live-map/request.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  }

  /** Others swap too. */
  swapByOther(placement: Placement): void {
    this.#serve(placement);
  }

  forget(): void {
    rmSync(this.folder, { recursive: true });
  }

  #answer(): void {
    const asked = this.request();
    const before = this.#json('answer.json');
    if (asked === null || before?.id === asked.id) return;
    const refusal =
      asked.base_epoch === this.epoch ? null : `base_epoch is ${asked.base_epoch}, in service is ${this.epoch}`;
    if (refusal === null) {
      const next = copyOf(this.placement);
      for (const { layer, slots } of asked.layers) layerSlots(next, layer).set(slots.flat());
      this.#serve(next);
    }
    const state = refusal === null ? 'applied' : 'refused';
    const answer = { version: 1, id: asked.id, state, reason: refusal, epoch: this.epoch, from_step: this.step + 1 };
    this.#write('answer.json', JSON.stringify(answer));
  }

  #serve(placement: Placement): void {
    this.placement = copyOf(placement);
    this.epoch += 1;
    this.#tell();
  }

  #tell(): void {
    const { layers, ranks, experts, slotsPerRank, slotExpert } = this.placement;
    const from = { from_step: this.step + 1 };
    this.#write(`maps/${this.epoch}.npy`, writeNpyInt32([layers, ranks, slotsPerRank[0]!], slotExpert));
    this.#write(`maps/${this.epoch}.json`, JSON.stringify({ epoch: this.epoch, ...from }));
    const shape = { layers, ranks, slots_per_rank: slotsPerRank[0], experts };
    this.#write('engine.json', JSON.stringify({ version: 1, pid: 4711, ...shape, epoch: this.epoch, ...from }));
  }

  #json(name: string): { readonly id: string } | null {
    const file = join(this.folder, 'live-map', name);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  }

  #write(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.folder, 'live-map', name), content);
  }
}

function copyOf(placement: Placement): Placement {
  return { ...placement, slotExpert: placement.slotExpert.slice() };
}
