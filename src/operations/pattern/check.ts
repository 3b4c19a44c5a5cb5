import { countDuplicates, mostReplicas, type Placement, type PlacementFormat } from '../../placement/index.ts';
import { slotsOf } from './measured.ts';
import { type PlacementHints, readAnyPlacement } from './readPlacement.ts';
import { type CheckFault, slotFaults } from './slotFaults.ts';
import { type SurviveAnswer, surviveAnswer } from './survive.ts';

/** An instance of a deployment, as far as placements are concerned. */
export interface InstanceShape {
  /** `prefill group1` */
  readonly name: string;
  readonly ranks: number;
  /** null: the deployment does not say */
  readonly layers: number | null;
  readonly experts: number | null;
}

export interface CheckAnswer {
  readonly file: string;
  readonly format: PlacementFormat;
  readonly ok: boolean;
  readonly layers: number;
  readonly experts: number;
  readonly ranks: number;
  readonly slotsPerRank: number | number[];
  readonly maxReplicas: number;
  readonly duplicates: number;
  /** null without a deployment */
  readonly fits: readonly string[] | null;
  /** null unless asked for */
  readonly survive: SurviveAnswer | null;
  readonly faults: readonly CheckFault[];
}

export interface CheckFlags extends PlacementHints {
  readonly survive?: 'rank' | 'host' | undefined;
  readonly 'ranks-per-host'?: number | undefined;
}

/** Everything that is wrong with a placement file. `instances`: those it is meant for one of. */
export async function checkPlacementFile(
  file: string,
  flags: CheckFlags,
  instances: readonly InstanceShape[] | null = null,
): Promise<CheckAnswer> {
  const { placement, format, violations } = await readAnyPlacement(file, flags);
  const faults: CheckFault[] = violations.map(({ code, message }) => ({ severity: 'error', code, message }));
  faults.push(...slotFaults(placement, format));
  const fitting = instances === null ? null : fitInstances(placement, instances);
  faults.push(...(fitting?.faults ?? []));
  const { layers, experts, ranks } = placement;
  return {
    file,
    format,
    ok: faults.every(({ severity }) => severity === 'warning'),
    layers,
    experts,
    ranks,
    slotsPerRank: slotsOf(placement),
    maxReplicas: mostReplicas(placement),
    duplicates: countDuplicates(placement),
    fits: fitting?.names ?? null,
    survive:
      flags.survive === undefined ? null : surviveAnswer(placement, flags.survive, flags['ranks-per-host'] ?? 16),
    faults,
  };
}

/** A pattern that an instance names was compared with it as the deployment was read; this is for any other. */
function fitInstances(placement: Placement, instances: readonly InstanceShape[]) {
  const names: string[] = [];
  const misfits: string[] = [];
  for (const instance of instances) {
    const misfit = misfitOf(placement, instance);
    if (misfit === null) names.push(instance.name);
    else misfits.push(`${instance.name}: ${misfit}`);
  }
  if (names.length > 0) return { names, faults: [] };
  const message = `it fits no instance of the deployment: ${misfits.join('; ')}`;
  return { names, faults: [{ severity: 'error', code: 'pattern_shape', message } as const] };
}

function misfitOf({ ranks, layers, experts }: Placement, instance: InstanceShape): string | null {
  const differences = (
    [
      ['dies', ranks, instance.ranks],
      ['layers', layers, instance.layers],
      ['experts', experts, instance.experts],
    ] as const
  ).filter(([, has, needs]) => needs !== null && has !== needs);
  if (differences.length === 0) return null;
  return `it is for ${differences.map(([what, has, needs]) => `${has} ${what}, not ${needs}`).join(', ')}`;
}
