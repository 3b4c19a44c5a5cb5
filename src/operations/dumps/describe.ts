import type { ModelShape } from '../../engines/engine.ts';
import type { DumpPlan, WindowCodec } from '../../placement/index.ts';
import type { WindowShape } from './shape.ts';
import type { DumpFolder, DumpProblem, DumpSource, Recorded } from './types.ts';

/** What was fetched of one folder of windows. */
export interface FetchedFolder {
  readonly stamp: string;
  readonly files: readonly { readonly name: string; readonly fault: string | null }[];
  /** By the names of files. */
  readonly shapes: ReadonlyMap<string, WindowShape>;
  readonly recorded: Recorded;
  /** Earlier windows were left where they are. */
  readonly partly?: boolean;
}

type Source = Pick<DumpSource, 'ranks' | 'placed' | 'codec'>;
type Model = Pick<ModelShape, 'experts' | 'moeLayers'>;

/** What is in one folder, and what is wrong with it. Pure. */
export function describeFolder(folder: FetchedFolder, source: Source, model: Model): DumpFolder {
  const { stamp, recorded } = folder;
  const { first, windows, problems } = examineWindows(folder, source.codec);
  const { lines: layers, columns: positions } = first ?? { lines: null, columns: null };
  const { ranks } = source;
  return {
    stamp,
    recorded,
    windows,
    layers,
    positions,
    slotsPerRank: positions !== null && positions % ranks === 0 ? positions / ranks : null,
    problems: first === null ? problems : [...problems, ...misfits(folder, first, source, model)],
  };
}

/** Windows that are whole and of one shape, that shape, and what is wrong with the others. */
function examineWindows(
  { stamp, files, shapes, partly = false }: FetchedFolder,
  codec: WindowCodec,
): {
  readonly first: WindowShape | null;
  readonly windows: number;
  readonly problems: readonly DumpProblem[];
} {
  const plan = planOf(
    stamp,
    files.map(({ name }) => name.slice(stamp.length + 1)),
    partly,
    codec,
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
  return { first: first?.shape ?? null, windows, problems };
}

/** Why windows of this shape can't be of the instance and its model. */
function* misfits(
  { stamp, recorded }: FetchedFolder,
  { lines: layers, columns: positions }: WindowShape,
  { ranks, placed }: Source,
  { experts, moeLayers }: Model,
): Generator<DumpProblem> {
  const problem = (message: string): DumpProblem => ({ file: stamp, message, spoils: 'folder' });
  if (positions % ranks !== 0)
    yield problem(`its ${positions} columns can't be shared by ${ranks} ranks: another model's, or another instance's`);
  else if (recorded.pattern === 'base' && experts !== null && positions !== experts)
    yield problem(
      `its windows have ${positions} columns, the model has ${experts} experts: another model's, or recorded under a pattern`,
    );
  const wanted = placed.layers ?? moeLayers;
  if (wanted !== null && layers !== wanted)
    yield problem(`its windows have ${layers} lines, the model has ${wanted} MoE layers: another model's`);
}

/** The windows of a folder; of a part of them, none is missing before its first. */
function planOf(stamp: string, names: readonly string[], partly: boolean, codec: WindowCodec): DumpPlan {
  const plan = codec.plan(stamp, names);
  const [first, last] = [plan.windows[0], plan.windows.at(-1)];
  if (!partly || first === undefined || last === undefined) return plan;
  return codec.plan(stamp, names, [first.recordStep, last.recordStep]);
}
