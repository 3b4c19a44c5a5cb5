import { PlacementError } from '../types.ts';
import { MOST_COUNT, WindowScanner } from './windowScanner.ts';

/** One file of OmniPlacement's dump: what each physical slot received within 60 s. */
export interface DumpWindow {
  readonly layers: number;
  /** slots of all ranks together, rank-major */
  readonly positions: number;
  /** [layer][position] */
  readonly tokens: Float64Array;
}

/** A file that was left out, or a thing worth knowing about the folder. `error`: the data is worth less than it seems. */
export interface DumpFault {
  readonly severity: 'error' | 'warning';
  readonly code:
    | 'foreign-file'
    | 'missing-windows'
    | 'other-ranks'
    | 'malformed-window'
    | 'mixed-shapes'
    | 'wrong-columns'
    | 'filler-slots'
    | 'all-zero'
    | 'zero-layer';
  readonly file: string;
  readonly message: string;
}

export interface DumpPlan {
  /** in the order of time */
  readonly windows: readonly { readonly file: string; readonly recordStep: number }[];
  readonly faults: readonly DumpFault[];
}

/** How an engine writes recorded loads: at each start a folder, in it a file per window. */
export interface WindowCodec {
  isStart(folderName: string): boolean;
  isWindow(fileName: string): boolean;
  /** A file that should be a window, by its name. */
  isCandidate(fileName: string): boolean;
  plan: typeof planDump;
  parse: typeof parseDumpWindow;
  /** Checks a window while it comes. */
  scanner(): WindowScanner;
}

/** OmniPlacement's dumps. */
export const DUMP_WINDOWS: WindowCodec = {
  isStart: (name) => /^\d{8}_\d{6}$/.test(name),
  isWindow: (name) => FILE_NAME.test(name),
  isCandidate,
  plan: planDump,
  parse: parseDumpWindow,
  scanner: () => new WindowScanner(),
};

const FILE_NAME = /^activation_counts_recordstep_(\d+)_rank_(\d+)\.txt$/;

/** Which of a folder's files are windows, in order; `range` is first and last recordstep, both included. */
export function planDump(folder: string, fileNames: readonly string[], range?: readonly [number, number]): DumpPlan {
  const faults: DumpFault[] = [];
  const windows: { file: string; recordStep: number }[] = [];
  for (const name of fileNames) {
    const [, step, rank] = name.match(FILE_NAME) ?? [];
    if (step === undefined) {
      if (isCandidate(name)) {
        const message = 'is no activation_counts_recordstep_<n>_rank_<r>.txt and was left out';
        faults.push({ severity: 'warning', code: 'foreign-file', file: name, message });
      }
    } else if (rank !== '0') {
      const message = `is of rank ${rank}; whole-cluster counts are in the files of rank 0 (versions to 0.2.0 wrote one file per rank: pattern pipeline reads those)`;
      faults.push({ severity: 'error', code: 'other-ranks', file: name, message });
    } else if (range === undefined || (Number(step) >= range[0] && Number(step) <= range[1])) {
      windows.push({ file: name, recordStep: Number(step) });
    }
  }
  windows.sort((a, b) => a.recordStep - b.recordStep);
  const missing = missingSteps(
    windows.map(({ recordStep }) => recordStep),
    range,
  );
  if (missing.length > 0) {
    const steps = missing.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`)).join(', ');
    const message = `recordsteps missing: ${steps}`;
    faults.push({ severity: 'error', code: 'missing-windows', file: folder, message });
  }
  return { windows, faults };
}

function isCandidate(name: string): boolean {
  return name.endsWith('.txt');
}

function missingSteps(steps: readonly number[], range: readonly [number, number] | undefined): [number, number][] {
  const missing: [number, number][] = [];
  let expected = range?.[0] ?? 1; // recordsteps count from 1
  for (const step of steps) {
    if (step > expected) missing.push([expected, step - 1]);
    expected = step + 1;
  }
  if (range !== undefined && expected <= range[1]) missing.push([expected, range[1]]);
  return missing;
}

/**
 * Refuses a window that is not whole: every line ends with a newline and has as many counts as the first.
 * @param content the file's text, or its bytes, which are read faster
 */
export function parseDumpWindow(content: string | Uint8Array): DumpWindow {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  // a count and what follows it are two characters at least; in a damaged window the rest is lost
  const tokens = new Float64Array(bytes.length >> 1);
  const scanner = new WindowScanner(tokens);
  scanner.push(bytes);
  const fault = scanner.end() ?? (scanner.fault === null ? null : messageOf(scanner, bytes));
  if (fault !== null) throw new PlacementError('bad-file', fault);
  const { lines: layers, columns: positions } = scanner;
  return { layers, positions, tokens: tokens.slice(0, layers * positions) };
}

/** A wrong number of counts comes first, then the first count that is out of range or not a number. */
function messageOf({ fault, columns }: WindowScanner, bytes: Uint8Array): string {
  const { line } = fault!;
  const counts = countsOf(new TextDecoder().decode(bytes).split('\n')[line - 1]!);
  if (line > 1 && counts.length !== columns) return `line ${line} has ${counts.length} counts, line 1 has ${columns}`;
  if (counts.length === 0) return `line ${line} has no counts`;
  const at = counts.findIndex((count) => !/^\d+$/.test(count) || BigInt(count) > MOST_COUNT);
  return `line ${line}, column ${at + 1}: "${counts[at]}" is no count from 0 to 2^53`;
}

/** Every count is followed by a tab, the last one too. */
function countsOf(line: string): string[] {
  const counts = line.replace(/\t?\r?$/, '').split('\t');
  return counts.length === 1 && counts[0] === '' ? [] : counts;
}
