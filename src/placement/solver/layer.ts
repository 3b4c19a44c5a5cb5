/**
 * One layer of a problem, normalised per episode: the mean rank load is 1, so the highest rank load is the PAR.
 * Episodes without load are left out; a layer without any load has one episode of zeros.
 */
export interface Layer {
  readonly experts: number;
  readonly ranks: number;
  /** slots per rank that can be filled: at most one copy of each expert on a rank */
  readonly slots: number;
  readonly ranksPerHost: number;
  readonly hosts: number;
  /** most copies of one expert */
  readonly maxCopies: number;
  /** [expert], fewest copies: 2 where the loss of a rank or host is to be survived and there are copies for it */
  readonly leastCopies: Int32Array;
  /** experts that have to have two copies have them on two hosts */
  readonly coverHosts: boolean;
  /** copies to place; slots beyond them stay empty */
  readonly copies: number;
  readonly episodes: number;
  /** [episode][expert] */
  readonly weight: Float64Array;
  /** [expert], mean over episodes, normalised like an episode */
  readonly meanWeight: Float64Array;
  /** [rank], 1 / capability, where the mean capability is 1 */
  readonly slowness: Float64Array;
  readonly evenRanks: boolean;
  /** true: the time limit has passed, and searches end with what they have */
  readonly shouldStop: () => boolean;
}

/** What a layer solver works on and returns: [rank][slot], -1 empty. */
export type LayerSlots = Int32Array;
