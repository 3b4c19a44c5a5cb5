import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { DesiredFile } from '../../../src/engines/desiredFile.ts';
import { fileDiffs } from '../../../src/operations/cluster/fileDiff.ts';
import type { Planned, ServeContext } from '../../../src/operations/cluster/planned.ts';
import { TransportError } from '../../../src/transport/host.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { FakeHost } from '../../fakes/fakeHost.ts';

it('shows the diffs of the hosts that can be asked, and names the others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-diff-'));
  const path = join(folder, 'a.yaml');
  writeFileSync(path, 'old\n');
  try {
    expect(await diffs(path, (host) => new FakeHost(host, host === 'lost' ? /base64/ : null))).toBe(
      [
        `Index: here:${path}`,
        '===================================================================',
        `--- here:${path}`,
        `+++ here:${path}`,
        '@@ -1,1 +1,1 @@',
        '-old',
        '+new',
        'no diff of lost: lost lost on the way',
        "no diff of silent: can't reach silent",
        '',
      ].join('\n'),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('hides no fault of ours', async () => {
  const broken = () => {
    throw new RangeError('ours');
  };
  await expect(diffs('/a', broken)).rejects.toThrow('ours');
});

function diffs(path: string, hostAt: (address: string) => FakeHost): Promise<string> {
  const file = { path, content: { text: 'new\n' }, sizeBytes: 4, sha256: 'x' } as unknown as DesiredFile;
  const steps = ['here', 'lost', 'silent'].map((host) => ({ host, action: { kind: 'put', files: [file] } }));
  const pool = {
    open: async (address: string) => {
      if (address === 'silent') throw new TransportError('unreachable', address, "can't reach silent", 'is it up?');
      return hostAt(address);
    },
  };
  const context = { pool, signal: new AbortController().signal };
  const clusterView = { deployment: fakeDeployment() };
  return fileDiffs({ plan: { steps }, clusterView } as unknown as Planned, context as unknown as ServeContext);
}
