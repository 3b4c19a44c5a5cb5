import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assumedDialect } from '../../../src/engines/omni/dialect/knownDialects.ts';
import { SCRIPTS_FOLDER } from '../../../src/engines/omni/hostPaths.ts';
import { serverScript } from '../../../src/engines/omni/server/serverScript.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import { nodePaths } from '../../../src/topology/paths.ts';
import type { ServerNode } from '../../../src/topology/topology.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const HOSTILE = `it's "$(touch canary)" \`touch canary\` \\ * ~ 专家\nnext`;

describe('a start script, run by a real sh', () => {
  it('brings hostile values to pd_run.sh and the environment unchanged', () => {
    const settings = { ...fakeDeployment().decode[0]!.settings, env: { GREETING: HOSTILE } };
    const deployment = fakeDeployment({
      servedModelName: HOSTILE,
      modelPath: '/models/a b',
      decode: [{ hosts: ['10.0.0.2'], settings }],
    });
    const topology = topologyOf(deployment);
    const node = topology.nodes.find(({ name }) => name === 'd0') as ServerNode;
    const text = serverScript({
      node,
      deployment,
      topology,
      paths: nodePaths('/state', 'r1', 'd0'),
      interfaceName: 'eth0',
      dialect: assumedDialect('v0.6').dialect,
      additionalConfig: { note: HOSTILE },
      extraConfigPath: null,
    });
    writeFileSync(join(folder, 'run.sh'), text.replace(SCRIPTS_FOLDER, folder));
    writeFileSync(join(folder, 'pd_run.sh'), `printf '%s\\0' "$@" "$GREETING"`);
    const words = execFileSync('sh', [join(folder, 'run.sh')], { encoding: 'utf8', cwd: folder }).split('\0');
    const given = (flag: string) => words[words.indexOf(flag) + 1];
    expect(given('--served-model-name')).toBe(HOSTILE);
    expect(given('--model-path')).toBe('/models/a b');
    expect(JSON.parse(given('--additional-config')!)).toEqual({ note: HOSTILE });
    expect(words.at(-2)).toBe(HOSTILE);
    expect(execFileSync('ls', [folder], { encoding: 'utf8' })).toBe('pd_run.sh\nrun.sh\n');
  });
});
