/** What the slots of one layer hold from now on. */
export interface LayerChange {
  readonly layer: number;
  /** Logical expert by [rank][slot]; -1: empty. */
  readonly experts: readonly number[];
}
