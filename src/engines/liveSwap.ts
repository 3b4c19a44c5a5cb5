import type { Placement } from '../placement/index.ts';

/** How an engine that swaps experts while it serves is read and asked. */
export interface LiveSwap {
  /**
   * Shell functions that `templates/watch.sh` calls:
   * `live_state EPOCH MOST`, in the folder of a start, prints parts for {@link read}: of maps only those after an epoch;
   * `ask FOLDER CONTAINER PID` hands the request on standard input to the engine.
   * They may use `part` and `above` of that file.
   */
  readonly functions: string;
  /** @param parts what `live_state` printed, by name @throws Error with the file that no such engine writes */
  read(parts: ReadonlyMap<string, Uint8Array>): LiveState;
  requestText(request: SwapRequest, ranks: number): string;
  /** In the folder of a start: a file that exists once experts were swapped. */
  readonly firstSwap: string;
}

export interface LiveState {
  /** Null: this engine can't swap experts while it serves. */
  readonly engine: LiveEngine | null;
  /** In order. */
  readonly maps: readonly LiveMap[];
  readonly answer: SwapAnswer | null;
}

export interface LiveEngine {
  /** Of rank 0, in its container. */
  readonly pid: number;
  readonly layers: number;
  readonly ranks: number;
  readonly slotsPerRank: number;
  readonly experts: number;
  /** Swaps applied since its start. */
  readonly epoch: number;
}

/** A map and the first recordstep that was recorded under it. */
export interface LiveMap {
  readonly epoch: number;
  readonly fromStep: number;
  readonly placement: Placement;
}

export interface SwapRequest {
  readonly id: string;
  readonly baseEpoch: number;
  readonly layers: readonly { readonly layer: number; readonly slots: Int32Array }[];
}

export interface SwapAnswer {
  readonly id: string;
  readonly state: 'applied' | 'refused';
  readonly reason: string;
  readonly epoch: number;
  readonly fromStep: number;
}
