import { basename, dirname, extname, join } from 'node:path';
import { UserError } from '../../errors/userError.ts';
import { mean } from '../../files/means.ts';
import { writeWhole } from '../../files/writeFile.ts';
import {
  basePlacement,
  countsFileName,
  evaluatePlacement,
  type Load,
  loadOfRanks,
  type PatternName,
  type Placement,
  PlacementError,
  patternFileName,
  references,
  TOOL_SOLVERS,
  writeLoadCsv,
  writePattern,
} from '../../placement/index.ts';
import { countActivations } from './pipelineCounts.ts';
import type { PipelineFlags } from './pipelineFlags.ts';
import { proveSolved } from './prove.ts';

export interface PipelinePattern {
  readonly kind: 'rearrange' | 'redundant';
  readonly specialLayers: number;
  /** null: `problem` says why there is none */
  readonly file: string | null;
  readonly view: string | null;
  readonly parMean: number | null;
  readonly parMax: number | null;
  /** sum over layers of the hottest rank's load, in steps of 128 tokens */
  readonly loadBalanceDegree: number | null;
  readonly reductionPercent: number | null;
  readonly problem: string | null;
}

export interface PipelineAnswer {
  readonly csv: string;
  readonly baseParMean: number;
  readonly baseParMax: number;
  readonly baseLoadBalanceDegree: number;
  readonly patterns: readonly PipelinePattern[];
  /** pictures and the table of what was gained */
  readonly analysis: readonly string[];
}

/** What the pictures are drawn from: one for the base, then one for each pattern. */
export interface PipelinePicture {
  readonly name: string;
  readonly placement: Placement;
  /** [layer * ranks + rank], in steps of 128 tokens */
  readonly rankLoad: Float64Array;
  /** [layer] */
  readonly par: Float64Array;
}

/** Draws; handed in, so that this file knows no SVG. */
export interface Pictures {
  view(placement: Placement, title: string): string;
  heat(pictures: readonly PipelinePicture[]): string;
  bars(pictures: readonly PipelinePicture[]): string;
  ratio(pictures: readonly PipelinePicture[]): string;
}

/** Dumps (or logs) to CSV, patterns and pictures, under the names OmniPlacement's tool gives them. */
export async function runPipeline(
  flags: PipelineFlags,
  pictures: Pictures,
  say: (line: string) => void,
): Promise<PipelineAnswer> {
  checkShapes(flags);
  const load = await countActivations(flags, say);
  const csv = csvPath(flags);
  await writeWhole(csv, writeLoadCsv(load));
  say(`wrote ${csv}`);
  const base = picture('Baseline', load, basePlacement(load.layers, flags.num_ranks_target_pattern, load.experts));
  const drawn = [base];
  const patterns: PipelinePattern[] = [];
  for (const specialLayers of flags.num_redundant_layers) {
    for (const kind of KINDS[flags.pattern_mode]) {
      const made = makePattern(kind, specialLayers, load, flags, say);
      if (typeof made === 'string') {
        patterns.push({ ...NONE, kind, specialLayers, problem: made });
        continue;
      }
      const drawnPattern = picture(`Pattern_${specialLayers}_${kind}`, load, made);
      drawn.push(drawnPattern);
      patterns.push(await writeOne({ kind, specialLayers }, drawnPattern, base, flags, pictures));
    }
  }
  const analysis = await writeAnalysis(drawn, flags, pictures);
  const baseLoadBalanceDegree = degree(base);
  return {
    csv,
    baseParMean: mean(base.par),
    baseParMax: highest(base.par),
    baseLoadBalanceDegree,
    patterns,
    analysis,
  };
}

const KINDS = {
  rearrange: ['rearrange'],
  redundant: ['redundant'],
  all: ['rearrange', 'redundant'],
} as const;

const NONE = { file: null, view: null, parMean: null, parMax: null, loadBalanceDegree: null, reductionPercent: null };

/** The tool fails later, and less clearly, when these differ. */
function checkShapes(flags: PipelineFlags): void {
  const { num_layers: layers, num_positions_of_routed_experts: experts } = flags;
  const targetLayers = flags.num_layers_target_pattern ?? layers;
  const targetExperts = flags.num_eps_target_pattern ?? experts;
  if (targetLayers === layers && targetExperts === experts) return;
  throw new UserError(
    'bad_usage',
    `the dumps are of ${layers} layers x ${experts} experts, the pattern is to be of ${targetLayers} x ${targetExperts}`,
    { hint: 'A pattern has the layers and experts of its model: leave the _target_pattern flags out.' },
  );
}

/** A verified placement, or why there is none. */
function makePattern(
  kind: 'rearrange' | 'redundant',
  specialLayers: number,
  load: Load,
  flags: PipelineFlags,
  say: (line: string) => void,
): Placement | string {
  const solver = TOOL_SOLVERS[kind];
  const maxReplicas = flags.expert_redundant_limit + 1;
  const problem = { load, ranks: flags.num_ranks_target_pattern, specialLayers, maxReplicas };
  const notes = new Set<string>();
  try {
    const placement = references[solver](problem, (note) => notes.add(note));
    proveSolved(solver, placement, problem);
    return placement;
  } catch (error) {
    if (error instanceof PlacementError || error instanceof UserError) return error.message;
    throw error;
  } finally {
    for (const note of notes) say(`note: ${note}`);
  }
}

async function writeOne(
  { kind, specialLayers }: Pick<PipelinePattern, 'kind' | 'specialLayers'>,
  made: PipelinePicture,
  base: PipelinePicture,
  flags: PipelineFlags,
  pictures: Pictures,
): Promise<PipelinePattern> {
  const { layers, ranks } = made.placement;
  const name = patternFileName({
    ...nameOf(flags),
    kind,
    specialLayers,
    layers,
    ranks,
    redundantLimit: flags.expert_redundant_limit,
  });
  const file = join(flags.placement_pattern_dir, name);
  const view = join(flags.placement_pattern_view_dir, `${basename(name, extname(name))}.svg`);
  await writeWhole(file, writePattern(made.placement));
  await writeWhole(view, pictures.view(made.placement, basename(name, extname(name))));
  return {
    kind,
    specialLayers,
    file,
    view,
    parMean: mean(made.par),
    parMax: highest(made.par),
    loadBalanceDegree: degree(made),
    reductionPercent: reduction(made, base),
    problem: null,
  };
}

async function writeAnalysis(
  drawn: readonly PipelinePicture[],
  flags: PipelineFlags,
  pictures: Pictures,
): Promise<string[]> {
  const { dataset_name: dataset, timestamp, recordstep_range: steps } = flags;
  const suffix = steps === undefined ? '' : `_step${steps[0]}to${steps[1]}`;
  const tag = `${flags.num_ranks_target_pattern}_Ranks_${dataset ?? timestamp}${suffix}`;
  const files: readonly (readonly [string, string])[] = [
    [`Heat_${tag}.svg`, pictures.heat(drawn)],
    [`Bars_${tag}.svg`, pictures.bars(drawn)],
    [`Unbalanced_Ratio_${tag}.svg`, pictures.ratio(drawn)],
    [`Max_Load_Reduction_${tag}.csv`, reductionCsv(drawn)],
  ];
  const paths = files.map(([name]) => join(flags.placement_pattern_analysis_dir, name));
  for (const [i, [, content]] of files.entries()) await writeWhole(paths[i]!, content);
  return paths;
}

function reductionCsv(drawn: readonly PipelinePicture[]): string {
  const rows = drawn.map((one) => `${one.name},${degree(one)},${reduction(one, drawn[0]!).toFixed(2)}`);
  return `${['Placement Method,Load Balance Degree,Reduction Percentage (vs Baseline)', ...rows].join('\n')}\n`;
}

function picture(name: string, load: Load, placement: Placement): PipelinePicture {
  const rankLoad = loadOfRanks(load, placement, 'uniform');
  return { name, placement, rankLoad, par: evaluatePlacement(load, placement, 'uniform').par };
}

/** The tool's measure: the load of the hottest rank, summed over layers. */
function degree({ rankLoad, placement: { layers, ranks } }: PipelinePicture): number {
  let sum = 0;
  for (let layer = 0; layer < layers; layer++) {
    sum += highest(rankLoad.subarray(layer * ranks, (layer + 1) * ranks));
  }
  return sum;
}

function reduction(one: PipelinePicture, base: PipelinePicture): number {
  return 100 * (1 - degree(one) / degree(base));
}

function csvPath(flags: PipelineFlags): string {
  const { output_csv: given, topk_id_count_dir: folder } = flags;
  if (given === undefined || given === '') return join(folder, countsFileName(nameOf(flags)));
  return dirname(given) === '.' ? join(folder, given) : given;
}

function nameOf({
  timestamp,
  collecting_modes: collecting,
  recordstep_range: steps,
}: PipelineFlags): Pick<PatternName, 'timestamp' | 'collecting' | 'steps'> {
  return { timestamp, collecting, steps };
}

function highest(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b));
}
