import { randomBytes } from 'node:crypto';
import type { Argv } from '../shell/argv.ts';
import { quote } from '../shell/quote.ts';
import { lines, splitSections } from '../shell/sections.ts';
import type { RemoteHost } from '../transport/host.ts';

/** Where a package of a server's code is imported from. */
export interface CodeOrigin {
  readonly package: string;
  /** The folder that holds it; null: Python does not find it. */
  readonly from: string | null;
  /** The folder of the synced code that should hold it; null: any is fine. */
  readonly wanted: string | null;
}

const PATIENCE_S = 3;
const DEADLINE_MS = 4_000;

/** All containers at once. Of one that does not answer in time there is no section. */
const SCRIPT = `
nonce=$1; patience=$2; shift 2
i=0
while [ "$1" != -- ]; do
  containers="$containers $1"; shift
done
shift
for container in $containers; do
  { said=$(timeout $patience docker exec -e OMNIPLACE_LEASH "$container" "$@" 2>/dev/null) && printf '\\n@@%s origin %s\\n%s\\n' $nonce $i "$said"; } &
  i=$((i + 1))
done
wait
`;

/** @param argv prints lines `PACKAGE FOLDER WANTED`, with tabs between @returns by container; null: it did not answer @throws TransportError */
export async function probeOrigins(
  host: RemoteHost,
  containers: readonly string[],
  argv: Argv,
  signal: AbortSignal,
): Promise<Readonly<Record<string, readonly CodeOrigin[] | null>>> {
  const nonce = randomBytes(8).toString('hex');
  const script = quote(['sh', '-c', SCRIPT, 'sh', nonce, String(PATIENCE_S), ...containers, '--', ...argv]);
  const { stdout } = await host.run(script, { deadlineMs: DEADLINE_MS, letGoMs: 200, signal });
  const sections = splitSections(stdout, nonce);
  return Object.fromEntries(
    containers.map((container, i) => {
      const found = originsIn(sections.find(({ index }) => index === i)?.body ?? '');
      return [container, found.length === 0 ? null : found];
    }),
  );
}

function originsIn(printed: string): readonly CodeOrigin[] {
  return lines(printed).flatMap((line) => {
    const [, name, from, wanted] = /^(\w+)\t(.*)\t(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ package: name, from: from || null, wanted: wanted || null }];
  });
}
