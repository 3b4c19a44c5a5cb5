import type { LocalSource } from '../../src/transport/large/source.ts';

/** Bytes of the file that were read to be sent, all hosts together. */
export function countStreamed(source: LocalSource): () => number {
  let bytes = 0;
  const stream = source.stream.bind(source);
  source.stream = async function* (offset) {
    for await (const chunk of stream(offset)) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  return () => bytes;
}
