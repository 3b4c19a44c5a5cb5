import { type Readable, Transform } from 'node:stream';

const NOISE_BYTES = 1024 * 1024;

/**
 * The output of a process, without what its login printed before (banners of .bashrc or sshrc): everything after `mark`.
 * Where the mark never comes, what was printed instead is the answer.
 */
export function behindMark(stream: Readable, mark: string): Readable {
  let noise: Buffer | null = Buffer.alloc(0);
  return stream.pipe(
    new Transform({
      transform(chunk: Buffer, _, done) {
        if (noise === null) return done(null, chunk);
        const all = Buffer.concat([noise, chunk]);
        const at = all.indexOf(mark);
        if (at < 0 && all.length <= NOISE_BYTES) {
          noise = all;
          return done();
        }
        noise = null;
        const answer = at < 0 ? all : all.subarray(at + mark.length);
        done(null, answer.length === 0 ? undefined : answer);
      },
      flush(done) {
        done(null, noise === null || noise.length === 0 ? undefined : noise);
      },
    }),
  );
}
