import { filesOf } from '../../engines/artifact.ts';
import { quote, quoteWord } from '../../shell/quote.ts';
import type { OpenHost } from '../../transport/host.ts';
import { type KeptGeneration, keptPath } from './keptView.ts';
import { keptFolder } from './readKept.ts';
import { treesOf } from './record.ts';

/** Digests of a host's files are computed in this time, ms. */
const DEADLINE_MS = 5 * 60_000;

/** What of a kept generation is gone or was written into, one sentence per host and thing. */
export async function findDamage(
  open: OpenHost,
  { found, generation, deployment }: KeptGeneration,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const folder = keptFolder(deployment, generation);
  const checks = found.map(async ({ address, records }): Promise<string[]> => {
    const record = records.get(generation);
    if (record === undefined) return [];
    const files = record.nodes.flatMap(filesOf);
    const places = files.map((file) => keptPath(file.path, deployment));
    const trees = treesOf(record.nodes);
    const script = [
      `cd -- ${quoteWord(folder)} || exit`,
      places.length === 0 ? ':' : `${quote(['sha256sum', '--', ...places])} 2>/dev/null`,
      'echo image',
      `${quote(['docker', 'image', 'inspect', '--format', '{{.Id}}', '--', record.imageId])} 2>/dev/null`,
      ...trees.flatMap(({ name }) => [
        `echo tree ${name}`,
        `[ ! -f ${name}.sums ] || (cd ${name} && LC_ALL=C sha256sum -c --quiet ../${name}.sums 2>/dev/null)`,
      ]),
      ':',
    ].join('\n');
    const { stdout } = await (await open(address, signal)).run(script, { signal, deadlineMs: DEADLINE_MS });
    const [sums = '', image = '', ...damagedTrees] = stdout.split(/^(?:image|tree \S+)\n/m);
    const damaged = files.filter((file, at) => !sums.includes(`${file.sha256}  ${places[at]}`));
    const lines = damagedTrees.map((text) => text.trim().split('\n').filter(Boolean));
    return [
      ...damaged.map((file) => `${address}: its copy of ${file.path} is gone or was changed`),
      ...trees.flatMap(({ what }, at) =>
        (lines[at] ?? []).map((line) => `${address}: its copy of the ${what} was changed (${line})`),
      ),
      ...(image.trim() === '' ? [`${address}: image ${record.imageId} is gone`] : []),
    ];
  });
  return (await Promise.all(checks)).flat();
}
