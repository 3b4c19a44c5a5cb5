/** Whether experts only change places, or hot ones get more of them. */
export type PatternKind = 'rearrange' | 'redundant';

export interface PatternName {
  /** as the tool writes it: 20250619_095310 */
  readonly timestamp: string;
  readonly kind: PatternKind;
  readonly specialLayers: number;
  readonly layers: number;
  readonly ranks: number;
  /** most copies of an expert beyond the first; only redundant patterns name it */
  readonly redundantLimit: number;
  readonly collecting: 'prefill' | 'decode' | 'all';
  /** first and last recordstep, where a range was asked for */
  readonly steps?: readonly [number, number] | undefined;
}

/** The file name that OmniPlacement's pattern tool gives a pattern. */
export function patternFileName(name: PatternName, extension = '.npy'): string {
  const { timestamp, kind, specialLayers, layers, ranks, redundantLimit, collecting, steps } = name;
  const limit = kind === 'redundant' ? `_epmaxdeploy_${redundantLimit + 1}` : '';
  return `placement_pattern_${timestamp}_${specialLayers}_${kind}_layers_${layers}_layers_${ranks}_ranks${limit}_${collecting}${stepSuffix(steps)}${extension}`;
}

/** The file name that the tool gives the base placement. */
export function baseFileName(ranks: number, layers: number): string {
  return `baseline_${ranks}_devices_${layers}_MoE_Layers.npy`;
}

/** The file name that the tool gives the counts it read: `topk_ids_count_<timestamp>_<mode>.csv`. */
export function countsFileName({
  timestamp,
  collecting,
  steps,
}: Pick<PatternName, 'timestamp' | 'collecting' | 'steps'>) {
  return `topk_ids_count_${timestamp}_${collecting}${stepSuffix(steps)}.csv`;
}

function stepSuffix(steps: readonly [number, number] | undefined): string {
  return steps === undefined ? '' : `_step${steps[0]}to${steps[1]}`;
}
