import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UserError } from '../cli/userError.ts';
import type { Load } from '../placement/index.ts';
import { unreadable } from './readBytes.ts';

interface LogRequest {
  readonly numRanks: number;
  readonly layers: number;
  readonly experts: number;
  readonly collecting: 'prefill' | 'decode' | 'all';
  readonly steps?: readonly [number, number] | undefined;
}

const LINE =
  /\[dump activation\] (prefill|decode) step (\d+) in rank (\d+) for layer (\d+) get (\d+) experts data:\s*([\d\s]*)$/;

/** Sums the `[dump activation]` lines of server logs, read line by line. Lines that don't fit are counted and said. */
export async function readLogs(
  files: readonly string[],
  request: LogRequest,
  say: (line: string) => void,
): Promise<Load> {
  const { numRanks, layers, experts } = request;
  const columns = experts / numRanks;
  const tokens = new Float64Array(layers * experts);
  let used = 0;
  for (const file of files) {
    let wrong = 0;
    const input = createReadStream(file);
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    const failed = new Promise<never>((_, reject) => input.once('error', reject));
    const reading = (async () => {
      for await (const line of lines) {
        const found = line.match(LINE);
        if (found === null || !isWanted(found, request)) continue;
        const fault = addLine(found, tokens, { columns, numRanks, layers, experts });
        if (fault === null) used++;
        else if (wrong++ < 3) say(`error: ${file}: ${fault}; the line was left out`);
      }
    })();
    await Promise.race([reading, failed]).catch((error: unknown) => {
      throw unreadable(file, error);
    });
    if (wrong > 3) say(`error: ${file}: ${wrong} lines in all were left out`);
  }
  if (used === 0) {
    throw new UserError('bad_load', `${files.join(', ')}: no [dump activation] line can be used`, {
      hint: `They read: [dump activation] decode step 1 in rank 0 for layer 0 get ${columns} experts data: and counts.`,
    });
  }
  return { episodes: 1, layers, experts, tokens };
}

function isWanted([, mode, step]: RegExpMatchArray, { collecting, steps }: LogRequest): boolean {
  if (collecting !== 'all' && mode !== collecting) return false;
  return steps === undefined || (Number(step) >= steps[0] && Number(step) <= steps[1]);
}

interface Shape {
  readonly columns: number;
  readonly numRanks: number;
  readonly layers: number;
  readonly experts: number;
}

/** Adds one line's counts, or says what is wrong with it. */
function addLine(
  [, , step, rankText, layerText, saidText, data]: RegExpMatchArray,
  tokens: Float64Array,
  shape: Shape,
) {
  const [rank, layer, said] = [Number(rankText), Number(layerText), Number(saidText)];
  const counts = data!.trim().split(/\s+/).map(Number);
  const where = `step ${step}, rank ${rank}, layer ${layer}`;
  if (rank >= shape.numRanks) return `${where}: only ranks below ${shape.numRanks} collect`;
  if (layer >= shape.layers) return `${where}: there are ${shape.layers} layers`;
  if (said !== shape.columns || counts.length !== said) {
    return `${where}: has ${counts.length} counts and says ${said}, ${shape.columns} are expected`;
  }
  const first = layer * shape.experts + rank * shape.columns;
  for (const [i, count] of counts.entries()) tokens[first + i]! += count;
  return null;
}
