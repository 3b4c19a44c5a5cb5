import { createTwoFilesPatch } from 'diff';
import { masked, plainSecrets } from '../../deployment/plainSecrets.ts';
import type { DesiredFile } from '../../engines/desiredFile.ts';
import { quoteWord } from '../../shell/quote.ts';
import { TransportError } from '../../transport/host.ts';
import type { Planned, ServeContext } from './planned.ts';

const LARGEST_BYTES = 256 * 1024;

/** How text files on the hosts would change, as unified diffs; binary and large ones are named only. One round trip per host. */
export async function fileDiffs({ plan, clusterView }: Planned, context: ServeContext): Promise<string> {
  const byHost = new Map<string, DesiredFile[]>();
  for (const step of plan.steps) {
    if (step.action.kind === 'put') byHost.set(step.host, [...(byHost.get(step.host) ?? []), ...step.action.files]);
  }
  const diffs = await Promise.all(
    [...byHost].map(([host, files]) => hostDiffs(host, files, context).catch((error: unknown) => without(host, error))),
  );
  return masked(diffs.join(''), plainSecrets(clusterView.deployment));
}

/** A host that can't be asked is no reason to keep the others' diffs back. */
function without(host: string, error: unknown): string {
  if (error instanceof TransportError) return `no diff of ${host}: ${error.message}\n`;
  throw error;
}

async function hostDiffs(address: string, files: readonly DesiredFile[], context: ServeContext): Promise<string> {
  const shown = files.filter((file) => newSide(file) !== null && file.sizeBytes <= LARGEST_BYTES);
  const script = shown.map((file) => `${printed(file.path)}${newSide(file)!.script}`).join('\n');
  const host = await context.pool.open(address, context.signal);
  const { stdout, code, stderr } = await host.run(`${script}\nexit 0`, {
    signal: context.signal,
    keepBytes: shown.length * LARGEST_BYTES * 4,
  });
  if (code !== 0) return `no diff of ${address}: ${stderr.trim() || 'the host did not report what it has'}\n`;
  const found = stdout.split('\n').values();
  const next = () => decoded(found.next().value ?? '-');
  return files
    .map((file) => {
      const label = `${address}:${file.path}`;
      const isShown = shown.includes(file);
      const before = isShown ? next() : null;
      const after = isShown ? newSide(file)!.text(next) : null;
      if (after === null || after.includes('\0') || before?.includes('\0'))
        return `${label}: ${file.sizeBytes} bytes, sha256 ${file.sha256.slice(0, 12)}\n`;
      return createTwoFilesPatch(before === null ? '/dev/null' : label, label, before ?? '', after);
    })
    .join('');
}

/** Where the text of a file comes from: from here, or from a copy on its host. Null: from a local file, which is not shown. */
function newSide({ content }: DesiredFile): {
  readonly script: string;
  readonly text: (next: () => string | null) => string | null;
} | null {
  if ('text' in content) return { script: '', text: () => content.text };
  if ('hostPath' in content) return { script: `\n${printed(content.hostPath)}`, text: (next) => next() };
  return null;
}

/** The file's contents in one line; `-`: it is not there. */
function printed(path: string): string {
  return `if [ -f ${quoteWord(path)} ]; then base64 -w 0 ${quoteWord(path)}; else printf -- -; fi; echo`;
}

function decoded(line: string): string | null {
  return line === '-' ? null : Buffer.from(line, 'base64').toString('utf8');
}
