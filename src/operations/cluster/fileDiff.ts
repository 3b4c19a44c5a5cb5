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
  const texts = files.filter((file) => 'text' in file.content && file.sizeBytes <= LARGEST_BYTES);
  const script = texts
    .map(
      (file) =>
        `if [ -f ${quoteWord(file.path)} ]; then base64 -w 0 ${quoteWord(file.path)}; else printf -- -; fi; echo`,
    )
    .join('\n');
  const host = await context.pool.open(address, context.signal);
  const { stdout, code, stderr } = await host.run(`${script}\nexit 0`, {
    signal: context.signal,
    keepBytes: texts.length * LARGEST_BYTES * 2,
  });
  if (code !== 0) return `no diff of ${address}: ${stderr.trim() || 'the host did not say what it has'}\n`;
  const found = stdout.split('\n');
  return files
    .map((file) => {
      const index = texts.indexOf(file);
      const label = `${address}:${file.path}`;
      if (index < 0 || !('text' in file.content))
        return `${label}: ${file.sizeBytes} bytes, sha256 ${file.sha256.slice(0, 12)}\n`;
      const encoded = found[index] ?? '-';
      const before = encoded === '-' ? null : Buffer.from(encoded, 'base64').toString('utf8');
      return createTwoFilesPatch(before === null ? '/dev/null' : label, label, before ?? '', file.content.text);
    })
    .join('');
}
