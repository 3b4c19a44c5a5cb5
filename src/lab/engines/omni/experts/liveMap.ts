import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { writeNpyInt32 } from '../../../../placement/index.ts';
import { logInfo, logWarning } from '../../shared/log.ts';
import type { LayerChange } from './layerChange.ts';
import { type MapRequest, RequestRefused, readMapRequest, requestId } from './mapRequest.ts';
import type { Slots } from './slots.ts';

interface Answer {
  readonly version: 1;
  readonly id: string | null;
  readonly state: 'applied' | 'refused';
  readonly reason: string | null;
  readonly epoch: number;
  readonly from_step: number;
}

/**
 * Rank 0's side of the live map (docs/live-map.md): says in `<dump folder>/live-map/` what serves and from which window on,
 * and answers requests to serve otherwise. A window's close goes: `next`, `stage` while all ranks stand still, `applied`.
 */
export class LiveMap {
  readonly #folder: string;
  readonly #slots: Slots;
  readonly #answers = new Map<string, Answer>();
  #asked = false;
  #epoch = 0;
  #fromStep = 1;

  constructor(dumpFolder: string, slots: Slots) {
    this.#folder = `${dumpFolder}/live-map`;
    this.#slots = slots;
    mkdirSync(`${this.#folder}/maps`, { recursive: true });
    process.on('SIGUSR1', () => {
      this.#asked = true;
    });
    this.#writeMap(0, 1, slots.experts);
    this.#writeState();
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The request that waits for a window's close and can be served; one that can't be is answered at once. */
  next(): MapRequest | null {
    if (!this.#asked) return null;
    this.#asked = false;
    try {
      const text = this.#readRequest();
      const id = requestId(text);
      const before = this.#answers.get(id);
      if (before === undefined) return readMapRequest(text, this.#slots, this.#epoch);
      this.#writeJson('answer.json', before);
    } catch (refused) {
      if (!(refused instanceof RequestRefused)) throw refused;
      this.refuse(refused.id, refused.message);
    }
    return null;
  }

  /** Writes what will serve from window `fromStep` on, and gives the maps to take: none when it can't be written. */
  stage({ id, maps }: MapRequest, fromStep: number): readonly LayerChange[] {
    const perLayer = this.#slots.numRanks * this.#slots.slotsPerRank;
    const experts = this.#slots.experts.slice();
    for (const { layer, experts: held } of maps) experts.set(held, layer * perLayer);
    try {
      this.#writeMap(this.#epoch + 1, fromStep, experts);
    } catch (cause) {
      this.refuse(id, (cause as Error).message);
      return [];
    }
    this.#epoch++;
    this.#fromStep = fromStep;
    return maps;
  }

  applied({ id, maps }: MapRequest): void {
    logInfo(
      `live map: epoch ${this.#epoch} serves from recordstep ${this.#fromStep} on, ${maps.length} layers changed`,
    );
    this.#writeState();
    this.#answer(id, 'applied', null);
  }

  refuse(id: string | null, reason: string): void {
    logWarning(`live map: request ${id ?? 'without id'} refused: ${reason}`);
    this.#answer(id, 'refused', reason);
  }

  #readRequest(): string {
    const path = `${this.#folder}/request.json`;
    if (!existsSync(path)) throw new RequestRefused(null, 'there is no request.json');
    return readFileSync(path, 'utf8');
  }

  #answer(id: string | null, state: Answer['state'], reason: string | null): void {
    const answer: Answer = { version: 1, id, state, reason, epoch: this.#epoch, from_step: this.#fromStep };
    if (id !== null) this.#answers.set(id, answer);
    this.#writeJson('answer.json', answer);
  }

  #writeState(): void {
    const { numLayers, numRanks, slotsPerRank, numExperts } = this.#slots;
    const shape = { layers: numLayers, ranks: numRanks, slots_per_rank: slotsPerRank, experts: numExperts };
    this.#writeJson('engine.json', {
      version: 1,
      pid: process.pid,
      ...shape,
      epoch: this.#epoch,
      from_step: this.#fromStep,
    });
  }

  /** The map first: whoever finds the epoch's json finds its map. */
  #writeMap(epoch: number, fromStep: number, experts: Int32Array): void {
    const { numLayers, numRanks, slotsPerRank } = this.#slots;
    this.#write(`maps/${epoch}.npy`, writeNpyInt32([numLayers, numRanks, slotsPerRank], experts));
    this.#writeJson(`maps/${epoch}.json`, { epoch, from_step: fromStep });
  }

  #writeJson(name: string, document: unknown): void {
    this.#write(name, `${JSON.stringify(document)}\n`);
  }

  /** A reader finds the file as it was or as it is, never half of it. */
  #write(name: string, content: string | Uint8Array): void {
    const path = `${this.#folder}/${name}`;
    writeFileSync(`${path}.tmp`, content);
    renameSync(`${path}.tmp`, path);
  }
}
