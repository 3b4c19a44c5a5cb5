import type { LayerExpert } from './recover/survive.ts';

/** An expert's weights from storage to a slot of a rank. */
export interface StorageLoad extends LayerExpert {
  readonly rank: number;
  readonly slot: number;
}
