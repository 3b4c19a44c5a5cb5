import type { ModelShape } from '../../engines/engine.ts';
import { type DumpPlan, planDump } from '../../placement/index.ts';
import type { WindowShape } from './shape.ts';
import type { DumpFolder, DumpProblem, DumpSource, Recorded } from './types.ts';

/** What is in one folder, and what is wrong with it. Pure. @param partly earlier windows were left where they are */
export function describeFolder(
  stamp: string,
  files: readonly { readonly name: string; readonly fault: string | null }[],
  shapes: ReadonlyMap<string, WindowShape>,
  recorded: Recorded,
  { instance, node }: Pick<DumpSource, 'instance' | 'node'>,
  { experts, moeLayers }: Pick<ModelShape, 'experts' | 'moeLayers'>,
  partly = false,
): DumpFolder {
  const plan = planOf(
    stamp,
    files.map(({ name }) => name.slice(stamp.length + 1)),
    partly,
  );
  const problems = plan.faults.map(
    ({ file, message, code }): DumpProblem => ({
      file: file === stamp ? stamp : `${stamp}/${file}`,
      message,
      spoils: code === 'other-ranks' ? 'window' : 'nothing',
    }),
  );
  const faultOf = new Map(files.map(({ name, fault }) => [name, fault]));
  let first: { readonly name: string; readonly shape: WindowShape } | null = null;
  let windows = 0;
  for (const { file } of plan.windows) {
    const name = `${stamp}/${file}`;
    const fault = faultOf.get(name) ?? null;
    const shape = shapes.get(name);
    if (fault !== null || shape === undefined) {
      problems.push({ file: name, message: fault ?? 'is no window', spoils: 'window' });
      continue;
    }
    first ??= { name, shape };
    const { lines, columns } = first.shape;
    if (shape.lines !== lines || shape.columns !== columns)
      problems.push({
        file: name,
        message: `has ${shape.lines} lines of ${shape.columns} counts, ${first.name} has ${lines} of ${columns}`,
        spoils: 'window',
      });
    else windows += 1;
  }
  const positions = first?.shape.columns ?? null;
  if (positions !== null && positions % instance.numRanks !== 0)
    problems.push({
      file: stamp,
      message: `its ${positions} columns can't be shared by ${instance.numRanks} ranks: another model's, or another instance's`,
      spoils: 'folder',
    });
  else if (positions !== null && recorded.pattern === 'base' && experts !== null && positions !== experts)
    problems.push({
      file: stamp,
      message: `its windows have ${positions} columns, the model has ${experts} experts: another model's, or recorded under a pattern`,
      spoils: 'folder',
    });
  const layers = first?.shape.lines ?? null;
  const wantedLayers = node.settings.placement.maxMoeLayerNum ?? moeLayers;
  if (layers !== null && wantedLayers !== null && layers !== wantedLayers)
    problems.push({
      file: stamp,
      message: `its windows have ${layers} lines, the model has ${wantedLayers} MoE layers: another model's`,
      spoils: 'folder',
    });
  const whole = positions !== null && positions % instance.numRanks === 0;
  return {
    stamp,
    recorded,
    windows,
    layers,
    positions,
    slotsPerRank: whole ? positions / instance.numRanks : null,
    problems,
  };
}

/** The windows of a folder; of a part of them, none is missing before its first. */
function planOf(stamp: string, names: readonly string[], partly: boolean): DumpPlan {
  const plan = planDump(stamp, names);
  const [first, last] = [plan.windows[0], plan.windows.at(-1)];
  if (!partly || first === undefined || last === undefined) return plan;
  return planDump(stamp, names, [first.recordStep, last.recordStep]);
}
