import { randomBytes } from 'node:crypto';
import { quote } from '../shell/quote.ts';
import { lines, splitSections } from '../shell/sections.ts';
import type { RemoteHost } from '../transport/host.ts';
import type { ImageTexts } from './facts.ts';

/** A container has to start for it, which takes long where the image was never used. */
const DEADLINE_MS = 60_000;
/** Of each file; the longest script of an engine has 43 KiB. */
const FILE_BYTES = 256 * 1024;
const KEEP_BYTES = 4 * 1024 * 1024;

/** $1 nonce, $2 bytes of each file, then the files: prints those that are there, each behind its number. */
const SCRIPT = `nonce=$1; most=$2; shift 2; i=0
for file do
  [ ! -f "$file" ] || { printf '\\n@@%s text %s\\n' "$nonce" "$i"; head -c "$most" -- "$file"; }
  i=$((i + 1))
done
printf '\\n@@%s end\\n' "$nonce"`;

/** Text of files below `folder` of an image that the host has, in one round trip and without a trace; or why they can't be read. */
export async function readImageTexts(
  host: RemoteHost,
  { imageId, folder, files }: { readonly imageId: string; readonly folder: string; readonly files: readonly string[] },
  options: { readonly signal?: AbortSignal; readonly deadlineMs?: number } = {},
): Promise<{ readonly texts: ImageTexts } | { readonly problem: string; readonly isLate: boolean }> {
  const nonce = randomBytes(8).toString('hex');
  const paths = files.map((file) => `${folder}/${file}`);
  const container = ['docker', 'run', '--rm', '--network', 'none', '--entrypoint', 'sh', imageId];
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const { ended, code, stdout, stderr } = await host.run(
    quote([...container, '-c', SCRIPT, 'sh', nonce, String(FILE_BYTES), ...paths]),
    { deadlineMs, keepBytes: KEEP_BYTES, ...(options.signal === undefined ? {} : { signal: options.signal }) },
  );
  if (ended === 'aborted') return { problem: 'it was interrupted', isLate: true };
  if (ended === 'deadline')
    return { problem: `docker run did not end within ${(deadlineMs / 1000).toFixed(1)} s`, isLate: true };
  const sections = splitSections(stdout, nonce);
  if (sections.at(-1)?.name !== 'end') {
    const [last] = lines(stderr).slice(-1);
    return { problem: last ?? `docker run ended with exit code ${code} and without an answer`, isLate: false };
  }
  const texts = sections.flatMap(({ name, index, body }) =>
    name === 'text' && index !== null ? [[files[index]!, body] as const] : [],
  );
  return { texts: Object.fromEntries(texts) };
}
