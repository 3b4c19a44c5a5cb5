/** A value with the reason why it is what it is, for `explain`. */
export interface Reasoned<V = string | number | boolean | readonly (string | number)[] | null> {
  readonly value: V;
  readonly because: string;
}
