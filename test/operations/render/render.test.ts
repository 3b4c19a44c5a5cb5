import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import { readLocalInputs } from '../../../src/operations/cluster/localInputs.ts';
import { factsOfDeviceIps, render } from '../../../src/operations/render/render.ts';
import { type FakeDeployment, fakeDeployment, PLACEMENT } from '../../fakes/deployment.ts';
import { freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

let base: string;
let out: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'render-'));
  out = join(base, 'out');
});
afterEach(() => rmSync(base, { recursive: true }));

async function renderWhole(parts: FakeDeployment = {}) {
  const deployment = fakeDeployment(parts);
  const facts = freshFacts(topologyOf(deployment), deployment.image);
  return render(deployment, await readLocalInputs(deployment), facts, out);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe('render', () => {
  it('writes each file below its host, with the digest and mode its manifest says', async () => {
    const manifest = await renderWhole();
    expect(manifest.missing).toEqual([]);
    expect(filesBelow(out)).toEqual([...manifest.files.map(({ file }) => file), 'manifest.json'].sort());
    expect(manifest.files.map(({ file }) => file)).toContain('10.0.0.1/var/lib/omniplace/r1/p0/run_prefill.sh');
    for (const { file, sha256, mode, sizeBytes, unknown } of manifest.files) {
      const content = readFileSync(join(out, file));
      expect([createHash('sha256').update(content).digest('hex'), content.length, unknown]).toEqual([
        sha256,
        sizeBytes,
        [],
      ]);
      expect(`0${(statSync(join(out, file)).mode & 0o777).toString(8)}`).toBe(mode);
    }
    expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))).toEqual(manifest);
    expect(manifest.nodes.c0?.server).toBe('bash /var/lib/omniplace/r1/c0/run_proxy.sh');
  });

  it('copies wheels and patterns', async () => {
    writeFileSync(join(base, 'a.whl'), 'wheel');
    writeFileSync(join(base, 'p.npy'), 'pattern');
    const placement = { ...PLACEMENT, patternPath: join(base, 'p.npy') };
    const manifest = await renderWhole({
      wheels: [join(base, 'a.whl')],
      decode: [{ hosts: ['10.0.0.2'], settings: { placement } }],
    });
    expect(manifest.missing).toEqual([]);
    expect(readFileSync(join(out, '10.0.0.2/var/lib/omniplace/r1/d0/wheels/a.whl'), 'utf8')).toBe('wheel');
    expect(readFileSync(join(out, '10.0.0.2/var/lib/omniplace/r1/d0/patterns/p.npy'), 'utf8')).toBe('pattern');
  });

  it('needs only device addresses for rank tables, and marks what else it does not know', async () => {
    const ips = { '10.0.0.1': { '0': '1.1.1.0', '1': '1.1.1.1', '2': '1.1.1.2', '3': '1.1.1.3' } };
    const both = { ...ips, '10.0.0.2': { '0': '1.1.2.0', '1': '1.1.2.1', '2': '1.1.2.2', '3': '1.1.2.3' } };
    const whole = await render(fakeDeployment(), NO_INPUTS, factsOfDeviceIps(both), out);
    expect(whole.missing).toEqual([]);
    const script = whole.files.find(({ path }) => path.endsWith('/run_decode.sh'))!;
    expect(script.unknown).toEqual(['interfaceName']);
    expect(readFileSync(join(out, script.file), 'utf8')).toContain(
      "--gloo-socket-ifname 'unknown(interfaceName, 10.0.0.2)'",
    );

    const part = await render(fakeDeployment(), NO_INPUTS, factsOfDeviceIps(ips), out);
    expect(part.missing).toEqual([
      { node: 'p0', part: 'ranktable', why: 'deviceIps of 10.0.0.2 is not known', fact: 'deviceIps', host: '10.0.0.2' },
      { node: 'd0', part: 'ranktable', why: 'deviceIps of 10.0.0.2 is not known', fact: 'deviceIps', host: '10.0.0.2' },
    ]);
    expect(filesBelow(out)).not.toContain(
      '10.0.0.1/var/lib/omniplace/r1/p0/ranktable/global/global_ranktable_merge.json',
    );
  });

  it('names a model that is not known, and a local file that is missing', async () => {
    const model = { moeLayers: null, experts: null, topK: null, firstDenseLayers: null };
    const { missing } = await render(
      fakeDeployment({ model, accelerator: 'none', wheels: ['/nowhere/a.whl'] }),
      NO_INPUTS,
      {},
      out,
    );
    expect(missing.filter(({ node }) => node === 'p0').map(({ why }) => why)).toEqual([
      'file /nowhere/a.whl does not exist on this machine',
      'number of MoE layers of 10.0.0.1 is not known',
    ]);
  });

  it('replaces what it wrote before and leaves what it did not', async () => {
    await renderWhole({ prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.3'] }] });
    writeFileSync(join(out, 'notes.txt'), 'mine');
    const manifest = await renderWhole();
    expect(filesBelow(out)).toEqual([...manifest.files.map(({ file }) => file), 'manifest.json', 'notes.txt'].sort());
  });

  it('refuses a folder that holds something else', async () => {
    mkdirSync(out);
    writeFileSync(join(out, 'a'), 'mine');
    const refusal = `${out} is not empty, and holds no manifest.json of an earlier render`;
    await expect(renderWhole()).rejects.toThrow(refusal);
    writeFileSync(join(out, 'manifest.json'), '{"files": []}');
    await expect(renderWhole()).rejects.toThrow(refusal);
    expect(readFileSync(join(out, 'a'), 'utf8')).toBe('mine');
  });

  it('writes nothing outside of its folder, whatever links or manifests lie in it', async () => {
    const outside = join(base, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), 'mine');
    mkdirSync(out);
    symlinkSync(outside, join(out, '10.0.0.1'));
    writeFileSync(
      join(out, 'manifest.json'),
      JSON.stringify({
        renderedBy: 'omniplace',
        files: [{ file: '../outside/precious' }, { file: '10.0.0.1/precious' }],
      }),
    );
    await expect(renderWhole()).rejects.toThrow(
      `${join(out, '10.0.0.1')} is no folder; through a symbolic link files could leave ${out}`,
    );
    expect(readdirSync(outside, { recursive: true })).toEqual(['precious']);
  });

  it('keeps paths with dots inside', async () => {
    await expect(renderWhole({ statePath: '/../../..' })).rejects.toThrow('would lie outside of');
    expect(filesBelow(base)).toEqual([]);
  });
});
