import { randomBytes } from 'node:crypto';
import { quote } from '../shell/quote.ts';
import { splitSections } from '../shell/sections.ts';
import type { RemoteHost } from '../transport/host.ts';

const PATIENCE_S = 3;
const DEADLINE_MS = 5_000;

/** $1 nonce, $2 patience, $3 file, then containers: all at once. Of one that does not answer there is no section. */
const SCRIPT = `
nonce=$1; patience=$2; file=$3; shift 3; i=0
for container do
  { sees=$(timeout $patience docker exec -e OMNIPLACE_LEASH "$container" sh -c 'if [ -r "$1" ]; then echo yes; else echo no; fi' sh "$file" 2>/dev/null) &&
    printf '\\n@@%s sees %s\\n%s\\n' "$nonce" $i "$sees"; } &
  i=$((i + 1))
done
wait
`;

/** Whether a file can be read in each of these running containers; null: it did not answer. @throws TransportError */
export async function probeModelIn(
  host: RemoteHost,
  file: string,
  containers: readonly string[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, boolean | null>>> {
  if (containers.length === 0) return {};
  const nonce = randomBytes(8).toString('hex');
  const script = quote(['sh', '-c', SCRIPT, 'sh', nonce, String(PATIENCE_S), file, ...containers]);
  const { stdout } = await host.run(script, { deadlineMs: DEADLINE_MS, letGoMs: 200, signal });
  const sections = splitSections(stdout, nonce);
  return Object.fromEntries(
    containers.map((container, i) => {
      const answer = sections.find(({ name, index }) => name === 'sees' && index === i)?.body.trim();
      return [container, answer === 'yes' ? true : answer === 'no' ? false : null];
    }),
  );
}
