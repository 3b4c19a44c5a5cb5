import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../../errors/userError.ts';
import { type NpyHeader, parseNpy, parseNpyHeader } from '../../placement/index.ts';
import { type GeneratorSettings, generate, stretch, type Trace, traceOfLoad } from '../../simulation/index.ts';
import { readLoad } from '../pattern/index.ts';

export interface TraceRequest {
  /** a file, folders of dumps, `-`, or gen:NAME */
  readonly load: readonly string[];
  /** passes; a recorded trace is stretched over them */
  readonly steps: number | undefined;
  readonly generator: Omit<GeneratorSettings, 'steps'>;
}

/** Where the passes come from: made up, streamed from a .npy of episodes, or read whole. `say` hears what was wrong. */
export async function readTrace(request: TraceRequest, say: (line: string) => void): Promise<Trace> {
  const { load, steps } = request;
  const [name] = load;
  if (load.some((one) => one.startsWith('gen:'))) return generateTrace(request);
  const recorded = (load.length === 1 ? streamNpy(name!) : null) ?? traceOfLoad(await readLoad({ sources: load }, say));
  return steps === undefined ? recorded : stretch(recorded, steps);
}

export function generateTrace({ load, steps, generator }: TraceRequest): Trace {
  if (load.length > 1) throw new UserError('bad_usage', `${load.join(', ')}: a generated trace stands alone`);
  return generate(load[0]!.slice(4), { ...generator, steps: steps ?? DEFAULT_STEPS });
}

const DEFAULT_STEPS = 10_000;

/** Null: not a .npy of (episodes, layers, experts) in C order, or stdin. */
function streamNpy(file: string): Trace | null {
  if (file === '-') return null;
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return null; // the reader of loads says why
  }
  const head = Buffer.alloc(HEAD_BYTES);
  let header: NpyHeader;
  try {
    header = parseNpyHeader(head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0)));
  } catch {
    closeSync(descriptor);
    return null;
  }
  const [steps, layers, experts] = header.shape;
  if (header.shape.length !== 3 || header.fortran || !steps || !layers || !experts) {
    closeSync(descriptor);
    return null;
  }
  const stepBytes = layers * experts * header.itemBytes;
  const found = fstatSync(descriptor).size - header.dataOffset;
  if (found !== steps * stepBytes) {
    throw new UserError(
      'bad_load',
      `${file}: shape (${header.shape.join(', ')}) needs ${steps * stepBytes} bytes, found ${found}`,
      {
        hint: 'The file is cut short or has something behind its data; write it again.',
      },
    );
  }
  const one = new Uint8Array([...oneStepHead(header.dtype, layers, experts), ...new Uint8Array(stepBytes)]);
  const dataAt = one.length - stepBytes;
  return {
    layers,
    experts,
    steps,
    read(step, into) {
      readSync(descriptor, one, dataAt, stepBytes, header.dataOffset + step * stepBytes);
      into.set(parseNpy(one).data);
    },
  };
}

const HEAD_BYTES = 4096;

/** The header of an array of one step, so that one reader knows all number formats. */
function oneStepHead(dtype: string, layers: number, experts: number): Uint8Array {
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${layers}, ${experts}), }`;
  const padded = `${text}${' '.repeat(63 - ((10 + text.length) % 64))}\n`;
  return Uint8Array.from([
    0x93,
    ...Buffer.from('NUMPY'),
    1,
    0,
    padded.length & 255,
    padded.length >> 8,
    ...Buffer.from(padded),
  ]);
}
