import { PlacementError } from '../types.ts';

const [TAB, NEWLINE, ZERO] = [9, 10, 48] as const;
/** Every number of so many digits is exact. */
const EXACT_DIGITS = 15;

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

const FILE_NAME = /^activation_counts_recordstep_(\d+)_rank_(\d+)\.txt$/;

/** Which of a folder's files are windows, in order; `range` is first and last recordstep, both included. */
export function planDump(folder: string, fileNames: readonly string[], range?: readonly [number, number]): DumpPlan {
  const faults: DumpFault[] = [];
  const windows: { file: string; recordStep: number }[] = [];
  for (const name of fileNames) {
    const [, step, rank] = name.match(FILE_NAME) ?? [];
    if (step === undefined) {
      if (name.endsWith('.txt')) {
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
  return scanWindow(bytes) ?? parseWithWords(typeof content === 'string' ? content : new TextDecoder().decode(content));
}

/** A window that is as it should be, read digit by digit; null: something is unusual, and {@link parseWithWords} looks. */
function scanWindow(bytes: Uint8Array): DumpWindow | null {
  const size = bytes.length;
  // a count has two characters at least
  const tokens = new Float64Array(size >> 1);
  let length = 0;
  let lineStart = 0;
  let positions = 0;
  let layers = 0;
  let i = 0;
  while (i < size) {
    let digit = bytes[i]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      const first = i;
      let value = digit;
      for (digit = bytes[++i]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++i]! - ZERO) value = value * 10 + digit;
      if (digit !== TAB - ZERO || i - first > EXACT_DIGITS) return null;
      tokens[length++] = value;
    } else if (digit === NEWLINE - ZERO) {
      if (layers === 0) positions = length;
      if (positions === 0 || length - lineStart !== positions) return null;
      lineStart = length;
      layers += 1;
    } else return null;
    i += 1;
  }
  if (layers === 0 || length !== lineStart) return null;
  return { layers, positions, tokens: tokens.slice(0, length) };
}

function parseWithWords(text: string): DumpWindow {
  if (text === '') throw new PlacementError('bad-file', 'is empty');
  if (!text.endsWith('\n')) throw new PlacementError('bad-file', 'is truncated: its last line does not end');
  const lines = text.split('\n');
  lines.pop();
  const positions = countsOf(lines[0]!).length;
  if (positions === 0) throw new PlacementError('bad-file', 'line 1 has no counts');
  const tokens = new Float64Array(lines.length * positions);
  for (const [layer, line] of lines.entries()) {
    const counts = countsOf(line);
    if (counts.length !== positions) {
      throw new PlacementError('bad-file', `line ${layer + 1} has ${counts.length} counts, line 1 has ${positions}`);
    }
    for (const [position, count] of counts.entries()) {
      const value = /^\d+$/.test(count) ? Number(count) : Number.NaN;
      // from 2^53 on a number may stand for its neighbours
      if (!Number.isSafeInteger(value) && count !== '9007199254740992') {
        throw new PlacementError(
          'bad-file',
          `line ${layer + 1}, column ${position + 1}: "${count}" is no count from 0 to 2^53`,
        );
      }
      tokens[layer * positions + position] = value;
    }
  }
  return { layers: lines.length, positions, tokens };
}

/** Every count is followed by a tab, the last one too. */
function countsOf(line: string): string[] {
  const counts = line.replace(/\t?\r?$/, '').split('\t');
  return counts.length === 1 && counts[0] === '' ? [] : counts;
}
