import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Duplex, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

const SAMPLE_BYTES = 1024 * 1024;
const SAMPLES = 4;
/** Less gain than this is not worth the work. */
const WORTH = 1.2;

export type Packing = 'gzip' | 'zstd';

/** What a packer made of a sample. */
export interface Measured {
  readonly packing: Packing;
  /** Bytes out for each byte in. */
  readonly ratio: number;
  /** Bytes in. */
  readonly bytesPerSecond: number;
}

/** The packing that brings the most bytes a second over a link, or null: as they are. @param sharers transfers at once */
export function choosePacking(
  measured: readonly Measured[],
  linkBytesPerSecond: number,
  sharers: number,
  cores = availableParallelism(),
): Packing | null {
  const share = Math.min(1, cores / Math.max(1, sharers));
  const packed = measured.map(({ packing, ratio, bytesPerSecond }) => ({
    packing,
    brings: Math.min(bytesPerSecond * share, linkBytesPerSecond / ratio),
  }));
  const best = packed.sort((a, b) => b.brings - a.brings)[0];
  return best !== undefined && best.brings > WORTH * linkBytesPerSecond ? best.packing : null;
}

/** Packs a few pieces from all over the file. Nothing is measured of what is packed already. */
export async function measurePackings(
  path: string,
  sizeBytes: number,
  there: ReadonlySet<string>,
): Promise<Measured[]> {
  const sample = await sampleOf(path, sizeBytes);
  if (isPacked(sample)) return [];
  const measured: Measured[] = [];
  for (const packing of ['zstd', 'gzip'] as const) {
    if (!there.has(packing)) continue;
    const one = await measure(packing, sample).catch(() => null);
    if (one !== null) measured.push(one);
  }
  return measured;
}

/** @throws when `zstd` is not installed here: the error comes by the stream */
export function packer(packing: Packing): Duplex {
  if (packing === 'gzip') return createGzip({ level: 1 });
  const child = spawn('zstd', ['-1', '-q', '-c'], { stdio: ['pipe', 'pipe', 'ignore'] });
  // a packer that is gone shows in its stdout
  child.stdin.on('error', () => {});
  const duplex = Duplex.from({ writable: child.stdin, readable: child.stdout });
  child.on('error', (error) => duplex.destroy(error));
  duplex.on('close', () => child.kill());
  return duplex;
}

async function measure(packing: Packing, sample: Buffer): Promise<Measured> {
  const begunMs = performance.now();
  let packedBytes = 0;
  const packed = Readable.from([sample]).pipe(packer(packing));
  for await (const chunk of packed as AsyncIterable<Buffer>) packedBytes += chunk.length;
  if (packedBytes === 0) throw new Error(`${packing} gave nothing`);
  const tookMs = Math.max(0.1, performance.now() - begunMs);
  return { packing, ratio: packedBytes / sample.length, bytesPerSecond: (sample.length * 1000) / tookMs };
}

async function sampleOf(path: string, sizeBytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const pieces: Buffer[] = [];
    for (let i = 0; i < SAMPLES; i += 1) {
      const position = Math.floor((Math.max(0, sizeBytes - SAMPLE_BYTES) * i) / Math.max(1, SAMPLES - 1));
      const { buffer, bytesRead } = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, position);
      pieces.push(buffer.subarray(0, bytesRead));
    }
    return Buffer.concat(pieces);
  } finally {
    await file.close();
  }
}

/** gzip, zstd, xz, bzip2, lz4, zip */
const MAGICS = ['1f8b', '28b52ffd', 'fd377a585a00', '425a68', '04224d18', '504b0304'];

function isPacked(head: Buffer): boolean {
  const hex = head.subarray(0, 6).toString('hex');
  return MAGICS.some((magic) => hex.startsWith(magic));
}
