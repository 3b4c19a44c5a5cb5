import { Readable } from 'node:stream';
import type { Pack } from 'tar-stream';

/** `tar` as a stream to send. A reader that stops has its reason: packing ends then, but nothing is raised there. */
export function tarStream(tar: Pack): Readable {
  return Readable.from(chunksOf(tar));
}

async function* chunksOf(tar: Pack): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of tar) yield chunk as Buffer;
  } finally {
    tar.destroy();
  }
}
