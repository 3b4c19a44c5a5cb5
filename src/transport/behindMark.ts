import { type Readable, Transform } from 'node:stream';

const NOISE_BYTES = 1024 * 1024;
/** Of what was printed instead of the mark, for a message. */
const QUOTED_BYTES = 4096;

/**
 * The output of a process, without what its login printed before (banners of .bashrc or sshrc): everything after `mark`.
 * Where the mark never comes, what was printed instead is the answer, and its beginning is given to `onNoMark`; also where
 * the stream is destroyed before.
 */
export function behindMark(stream: Readable, mark: string, onNoMark: (printed: string) => void = () => {}): Readable {
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
        if (at < 0) onNoMark(all.toString('utf8', 0, QUOTED_BYTES));
        const answer = at < 0 ? all : all.subarray(at + mark.length);
        done(null, answer.length === 0 ? undefined : answer);
      },
      flush(done) {
        if (noise !== null) onNoMark(noise.toString('utf8', 0, QUOTED_BYTES));
        const rest = noise;
        noise = null;
        done(null, rest === null || rest.length === 0 ? undefined : rest);
      },
      destroy(error, done) {
        if (noise !== null) onNoMark(noise.toString('utf8', 0, QUOTED_BYTES));
        noise = null;
        done(error);
      },
    }),
  );
}
