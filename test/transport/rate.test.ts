import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { limited, RateLimit } from '../../src/transport/rate.ts';

async function drain(stream: Readable): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) bytes += (chunk as Buffer).length;
  return bytes;
}

test('streams that share a limit go at it together, whatever their number', async () => {
  const limit = new RateLimit(1_000_000);
  const begunMs = performance.now();
  const bytes = await Promise.all([1, 2, 3].map(() => drain(limited(Readable.from([Buffer.alloc(200_000)]), limit))));
  expect(bytes).toEqual([200_000, 200_000, 200_000]);
  // a tenth of a second's worth may go at once
  expect(performance.now() - begunMs).toBeGreaterThan(400);
});

test('nobody is starved by another that asks for much', async () => {
  const limit = new RateLimit(1_000_000);
  let bigBytes = 0;
  const big = (async () => {
    for await (const chunk of limited(Readable.from([Buffer.alloc(2_000_000)]), limit)) bigBytes += chunk.length;
  })();
  await drain(limited(Readable.from([Buffer.alloc(30_000)]), limit));
  // by turns, whatever the clock says: what may go at once, and a slice for each of the small one's
  expect(bigBytes).toBeLessThan(500_000);
  await big;
  expect(bigBytes).toBe(2_000_000);
});

test('without a limit a stream is left as it is', () => {
  const stream = Readable.from([]);
  expect(limited(stream, null)).toBe(stream);
});
