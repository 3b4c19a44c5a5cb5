/** One layer, and how high the load of a rank may be. */
export interface LayerProblem {
  /** mean rank loads, [expert] */
  readonly load: Float64Array;
  /** highest load a rank may have, mean rank loads */
  readonly cap: number;
  readonly ranks: number;
  readonly slots: number;
  /** [rank][slot] */
  readonly old: Int32Array;
}
