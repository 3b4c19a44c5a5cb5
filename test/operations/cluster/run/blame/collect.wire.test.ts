import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesOf } from '../../../../../src/engines/artifact.ts';
import type { DesiredNode } from '../../../../../src/engines/desired.ts';
import type { ClusterView } from '../../../../../src/operations/cluster/clusterView.ts';
import { blameFailedStarts } from '../../../../../src/operations/cluster/run/blame/blame.ts';
import { collectEvidence } from '../../../../../src/operations/cluster/run/blame/collect.ts';
import type { StepResult } from '../../../../../src/plan/step.ts';
import { TransportError } from '../../../../../src/transport/host.ts';
import { createPool, type Pool } from '../../../../../src/transport/pool.ts';
import { clusterOf } from '../../../../fakes/clusters.ts';
import { fakeDeployment } from '../../../../fakes/deployment.ts';
import { freePort } from '../../../../fakes/freePort.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../../../../fakes/sshd.ts';
import { unless } from '../../../../fakes/unless.ts';

const missing = sshdMissing();

describe('over a real SSH server, of three nodes that do not come up', unless(missing), () => {
  const signal = new AbortController().signal;
  const name = `blame-${process.pid}`;
  let sshd: FakeSshd;
  let pool: Pool;
  let folder: string;
  let children: ChildProcess[];
  let listener: Server;
  let nodes: DesiredNode[];
  let clusterView: ClusterView;

  beforeAll(async () => {
    sshd = await startSshd();
    pool = createPool(() => sshd.options());
    folder = mkdtempSync(join(tmpdir(), 'omniplace-blame-'));
    const port = await freePort();
    const hosts = ['10.0.0.2', '10.0.0.3', '10.0.0.4'];
    const deployment = fakeDeployment({
      name,
      statePath: folder,
      logPath: join(folder, 'log'),
      decode: [{ hosts, dies: [0], baseApiPort: port }],
    });
    clusterView = clusterOf(deployment, false);
    nodes = Object.values(clusterView.desired.nodes).filter(({ node }) => node.startsWith('d'));
    for (const node of nodes) {
      for (const { path, content } of filesOf(node)) write(path, 'text' in content ? content.text : '');
      write(node.server.log, 'loading\nwaiting for peers\n');
    }
    const odd = nodes[1]!;
    const table = filesOf(odd).find(({ path }) => path.endsWith('global_ranktable_merge.json'))!;
    write(table.path, ('text' in table.content ? table.content.text : '').replace('172.16.4.0', '172.16.77.0'));
    write(`${odd.paths.run}/exit`, '1\n');
    write(odd.server.log, '\u001b[31mHCCL error\u001b[0m \ufffd\n');
    // a name that could be taken for anything
    write(join(odd.paths.folder, '$(touch canary)\n@@x end'), 'x');
    children = nodes
      .filter((node) => node !== odd)
      .map(({ server }) =>
        spawn('sleep', ['60'], {
          env: {
            OMNIPLACE_NODE: server.identity,
            GLOO_SOCKET_IFNAME: 'lo',
            API_TOKEN: 'canary-token',
            PATH: '/usr/bin',
          },
          stdio: 'ignore',
        }),
      );
    listener = createServer().listen(port, '127.0.0.1');
  });
  afterAll(async () => {
    for (const child of children ?? []) child.kill();
    listener?.close();
    await pool?.closeAll();
    sshd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gathers files, environment, ports and last words of all nodes of a host with one exec, and no secret', async () => {
    const host = await pool.open('127.0.0.1');
    const before = host.meter.roundTrips;
    const evidence = await collectEvidence(nodes, async () => host, signal);
    expect(host.meter.roundTrips - before).toBe(1);
    const [first, odd] = evidence.map(({ found }) => found!);
    expect([first?.state, first?.environment, first?.ports]).toEqual([
      'runs',
      { OMNIPLACE_NODE: `${name}/d0`, GLOO_SOCKET_IFNAME: 'lo', PATH: '/usr/bin' },
      { 'server 0': true },
    ]);
    expect([first?.wrongFiles, first?.lastWords]).toEqual([[], ['loading', 'waiting for peers']]);
    expect(first?.interfaces).toContain('lo');
    const script = filesOf(nodes[0]!).find(({ path }) => path.endsWith('run_decode.sh'))!;
    const sha256 = createHash('sha256')
      .update(first?.files['run_decode.sh'] ?? '')
      .digest('hex');
    expect(sha256).toBe(script.sha256);
    expect([odd?.state, odd?.environment, odd?.wrongFiles]).toEqual([
      'exit code 1',
      {},
      ['ranktable/global/global_ranktable_merge.json'],
    ]);
    expect(JSON.stringify(evidence)).not.toContain('canary-token');
  });

  it('names the odd one first, and those that could not be asked', async () => {
    const waited = (node: string): StepResult => ({
      step: `run_server/${node}/ready` as StepResult['step'],
      status: 'failed',
      startedMs: 0,
      durationMs: 0,
      message: '',
      exitCode: null,
      command: null,
      output: [],
    });
    const open = async (address: string) => {
      if (address === '10.0.0.4') throw new TransportError('unreachable', address, 'no answer', null);
      return pool.open('127.0.0.1');
    };
    const words = await blameFailedStarts(clusterView, [waited('d0')], open, signal);
    expect(words).toEqual([
      expect.stringMatching(
        /^decode group1: look at d1 \(10\.0\.0\.3\) first: ranktable\/global\/global_ranktable_merge\.json: is not what its deployment says/,
      ),
      'decode group1: d0: runs, all ports listen, log: waiting for peers',
      'decode group1: d1: exit code 1, all ports listen, log: HCCL error �',
      'decode group1: d2: could not be asked',
    ]);
    expect(await blameFailedStarts(clusterView, [{ ...waited('d0'), status: 'changed' }], open, signal)).toEqual([]);
  });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
