import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import type { PastRun } from '../../src/state/history.ts';
import { finished, LabRig, NO_LAB } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';

const rig = new LabRig('operate');
let file = '';
const CLUSTER = 'operate-2p1d';
const DUMPING = 'env: {LAB_WINDOW_S: "1"}, placement: {enable_dump: true, dump_dir: /data/dump}, max_model_len';

// one lab, one story: each test begins where the one before it ended
describe('operating a 2P1D cluster', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    await rig.up(4);
    file = rig.inventory('2p1d', (text) => text.replaceAll(/(?<=(?:prefill|decode): \{)max_model_len/g, DUMPING));
    const ran = await rig.omniplace('serve', file, '--yes', '--json');
    if (ran.code !== 0) throw new Error(`serve: ${ran.stdout}${ran.stderr}`);
  });
  afterAll(async () => {
    await rig.down();
    rig.forget();
  });

  const status = async () => (await rig.omniplace('status', file, '--json')).json<ClusterStatus>();
  const restarted = (summary: RunSummary) =>
    summary.results.filter(({ step }) => step.endsWith('/spawn')).map(({ step }) => step.split('/')[1]);

  it('shows the logs of all nodes in the order of time, each line behind its node', async () => {
    const text = await rig.omniplace('logs', '-n', '200', file);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^d0\/server_0 +\| INFO .*Application startup complete\.$/m);
    const { lines } = (await rig.omniplace('logs', 'prefill', 'd1', file, '--json')).json<{
      lines: { node: string; at: string; text: string }[];
    }>();
    expect(new Set(lines.map(({ node }) => node))).toEqual(new Set(['p0', 'p1', 'd1']));
    expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).sort());
    // the lab and this machine share a clock
    const newest = Date.parse(lines.at(-1)!.at);
    expect(Math.abs(Date.now() - newest)).toBeLessThan(120_000);
  });

  it('follows logs until Ctrl-C, which ends what reads on the hosts too', async () => {
    const child = rig.start('logs', '-f', '-n', '1', 'd0', file, '--json');
    const ended = finished(child);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await vi.waitUntil(() => /EXPERT_COUNTS/.test(said), { timeout: 20_000 });
    await rig.ssh(3, 'echo "INFO 01-01 00:00:00 from another hand" >> /var/log/omniplace/d0/server_3.log');
    await vi.waitUntil(() => /from another hand/.test(said), { timeout: 20_000 });
    child.kill('SIGINT');
    const ran = await ended;
    expect(ran.code).toBe(130);
    for (const line of ran.stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ node: 'd0' });
    expect((await rig.ssh(3, "pgrep -fc '[t]ail -n 1 -F' || true")).stdout.trim()).toBe('0');
  });

  it("runs commands in a node's container and passes on their words, input and exit code", async () => {
    const ran = await rig.omniplace(
      'exec',
      'd0',
      file,
      '--',
      'sh',
      '-c',
      'echo "$0"; hostname >&2; exit 5',
      "it's  $x",
    );
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([5, "it's  $x\n", 'h3\n']);
    const argv = ['bin/run.js', 'exec', '-i', 'p1', file, '--', 'tr', 'a-z', 'A-Z'];
    expect(execFileSync(process.execPath, argv, { input: 'from here\n', encoding: 'utf8' })).toBe('FROM HERE\n');
    const slept = rig.start('exec', 'p0', file, '--', 'sleep', '7123');
    const ended = finished(slept);
    await vi.waitUntil(async () => (await rig.ssh(1, "pgrep -fc '^sleep 7123' || true")).stdout.trim() === '1', {
      timeout: 20_000,
      interval: 200,
    });
    slept.kill('SIGINT');
    expect((await ended).code).toBe(130);
    await vi.waitUntil(async () => (await rig.ssh(1, "pgrep -fc '^sleep 7123' || true")).stdout.trim() === '0', {
      timeout: 10_000,
      interval: 200,
    });
  });

  it('restarts one instance as a whole and leaves the others alone', async () => {
    const before = await rig.ssh(1, 'pgrep -fo "engine.cjs serve"');
    const refused = await rig.omniplace('restart', 'd1', file);
    expect([refused.code, refused.stderr.includes('add --last and --yes')]).toEqual([2, true]);
    const summary = (await rig.omniplace('restart', 'd1', file, '--yes', '--last', '--json')).json<RunSummary>();
    expect(summary.outcome).toBe('done');
    expect(restarted(summary)).toEqual(['d0', 'd1']);
    expect((await rig.ssh(1, 'pgrep -fo "engine.cjs serve"')).stdout).toBe(before.stdout);
    expect((await status()).state).toBe('serving');
  });

  it('remembers what runs did', async () => {
    const { runs } = (await rig.omniplace('history', file, '--json')).json<{ runs: PastRun[] }>();
    expect(runs.map(({ command, outcome, exitCode }) => [command, outcome, exitCode])).toEqual([
      ['restart', 'done', 0],
      ['serve', 'done', 0],
    ]);
    expect(runs[0]!.changed).toEqual({ stop_server: 2, run_server: 4 });
    expect((await rig.omniplace('history', 'last', file)).stdout).toContain('changed  run_server/d0/spawn');
  });

  it('brings logs here, a folder per node, and only what is new the next time', async () => {
    const out = join(rig.folder, 'logs');
    const ran = await rig.omniplace('fetch-logs', '--out', out, file);
    expect([ran.code, readdirSync(out).sort()]).toEqual([
      0,
      ['c0', 'd0', 'd1', 'p0', 'p1'].flatMap((node) => [node, `${node}.manifest.json`]),
    ]);
    expect(readdirSync(join(out, 'd1')).sort()).toEqual([
      'run_decode.log',
      'run_decode.log.1',
      'server_0.log',
      'server_1.log',
      'server_2.log',
      'server_3.log',
    ]);
    rmSync(join(out, 'd1', 'server_2.log'));
    const again = await rig.omniplace('fetch-logs', 'd1', '--out', out, file);
    expect(again.stdout).toMatch(/^\+ d1 .*: 6 files, .*, 5 of them here before, in /);
  });

  it('brings dumps here, each instance in its own folder, verified and with what they were recorded under', async () => {
    const out = join(rig.folder, 'dumps');
    const ran = await rig.omniplace('fetch-dumps', '--out', out, file);
    expect([ran.code, readdirSync(out).sort()]).toEqual([0, ['D0', 'P0', 'P1']]);
    const manifest = JSON.parse(readFileSync(join(out, 'D0', 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ cluster: CLUSTER, node: 'd0', ranks: 8, experts: 64, windowSeconds: 60 });
    expect(manifest.folders).toHaveLength(1);
    expect(manifest.folders[0]).toMatchObject({
      recorded: { pattern: 'base', dynamic: false },
      positions: 64,
      slotsPerRank: 8,
      problems: [],
    });
    const [first] = manifest.files as { name: string; bytes: number }[];
    truncateSync(join(out, 'D0', first!.name), 10);
    const all = await rig.omniplace('fetch-dumps', 'decode', '--all', '--out', out, file);
    expect(all.code).toBe(0);
    expect(all.stdout).toContain('pattern not known: it was recorded before the servers that run now were started');
    expect(readFileSync(join(out, 'D0', first!.name)).length).toBe(first!.bytes);
  });

  it('names a window that is empty on the host, and one that is missing', async () => {
    await rig.ssh(
      1,
      'cd /data/dump/* && : > activation_counts_recordstep_1_rank_0.txt && rm activation_counts_recordstep_2_rank_0.txt',
    );
    const ran = await rig.omniplace('fetch-dumps', 'p0', '--out', join(rig.folder, 'bad'), file);
    expect(ran.code).toBe(3);
    expect(ran.stdout).toMatch(/problem: \d+_\d+ recordsteps missing: 2$/m);
    expect(ran.stdout).toMatch(/problem: \d+_\d+\/activation_counts_recordstep_1_rank_0\.txt is empty$/m);
  });

  it('watches: a document per look, until Ctrl-C', async () => {
    const child = rig.start('status', file, '--watch', '--interval', '1', '--json');
    const ended = finished(child);
    let looks = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      looks += chunk.toString().split('\n').length - 1;
    });
    await vi.waitUntil(() => looks >= 2, { timeout: 20_000 });
    child.kill('SIGINT');
    const ran = await ended;
    expect(ran.code).toBe(130);
    for (const line of ran.stdout.trim().split('\n')) expect(JSON.parse(line).state).toBe('serving');
  });

  it('names a file that was changed by hand, and puts it back', async () => {
    await rig.ssh(3, `echo '# by hand' >> /var/lib/omniplace/${CLUSTER}/d0/run_decode.sh`);
    const found = (await status()).nodes.find(({ node }) => node === 'd0');
    expect(found?.drift).toEqual([`/var/lib/omniplace/${CLUSTER}/d0/run_decode.sh was changed by hand`]);
    const summary = (await rig.omniplace('serve', file, '--json')).json<RunSummary>();
    expect(summary.results.filter((result) => result.status === 'changed').map(({ step }) => step)).toEqual([
      'push_config/d0/put',
    ]);
  });

  it('believes processes and ports where docker was killed and servers run on', async () => {
    await rig.fault('killdocker', 2);
    const found = await status();
    expect([found.state, found.nodes.find(({ node }) => node === 'p1')?.state]).toEqual(['serving', 'serving']);
    expect(found.next.map(({ problem }) => problem).join()).toMatch(/^docker is down: .*; p1 runs on without it$/);
    await rig.fault('startdocker', 2);
  });

  it('at 2 am names a host that is off, a docker that is stopped and a server that hangs, within 5 s', async () => {
    await Promise.all([rig.fault('poweroff', 4), rig.fault('nodocker', 2)]);
    const hung = (await rig.ssh(1, "ss -Hltnp 'sport = :9000' | grep -o 'pid=[0-9]*' | cut -c 5-")).stdout.trim();
    await rig.ssh(1, `kill -STOP ${hung}`);
    const ran = await rig.omniplace('status', file, '--json');
    expect(ran.code).toBe(6);
    // 5 s on an unloaded machine
    expect(ran.tookMs).toBeLessThan(15_000);
    const found = ran.json<ClusterStatus>();
    expect(found.next.map(({ of, command }) => [of, command]).slice(0, 3)).toEqual([
      [`${rig.address(2)} (p1)`, `ssh root@${rig.address(2)} systemctl start docker`],
      [`${rig.address(4)} (d1)`, `ssh root@${rig.address(4)} true`],
      ['p0', `omniplace restart p0 ${file}`],
    ]);
    expect(found.nodes.find(({ node }) => node === 'p0')?.reason).toContain(`hangs: process ${hung} is stopped`);
  });

  it('then repairs with serve what can be repaired, and says what not', async () => {
    const gate = await rig.omniplace('serve', file, '--yes');
    expect(gate.code).toBe(3);
    const limit = `!${rig.address(2)},!${rig.address(4)}`;
    expect(gate.stdout).toContain(
      `next: omniplace serve ${file} --limit '${limit}' (repairs what can be repaired without them)`,
    );
    expect(gate.stderr).toMatch(/p1 .*: failed: docker does not answer/);
    expect(gate.stderr).toMatch(/d1 .*: unreachable: can't reach/);
    const skip = ['--skip', 'verify'];
    const ran = (await rig.omniplace('serve', file, '--yes', '--json', '--limit', limit, ...skip)).json<RunSummary>();
    expect(restarted(ran)).toContain('p0');
    expect(ran.results.find(({ step }) => step === 'run_server/p0/ready')?.status).toBe('changed');
    expect((await status()).nodes.find(({ node }) => node === 'p0')?.state).toBe('serving');
  });

  it('and is whole again once docker and the host are back', async () => {
    await Promise.all([rig.fault('boot', 4), rig.fault('startdocker', 2)]);
    const { outcome, results } = (await rig.omniplace('serve', file, '--yes', '--json')).json<RunSummary>();
    const failed = results.filter((result) => result.status === 'failed' || result.status === 'unreachable');
    expect([outcome, failed.map(({ step, message }) => `${step}: ${message}`)]).toEqual(['done', []]);
    expect((await status()).state).toBe('serving');
  });

  it('takes what listens in its own container for its own, though its environment does not say so', async () => {
    await rig.omniplace('stop', 'proxy', file, '--yes', '--last');
    const listen = 'import socket,time;s=socket.create_server((\\"\\",7000));time.sleep(600)';
    await rig.ssh(
      1,
      `docker exec -d omniplace_proxy_c0 python3 -c "${listen}"; until ss -Hltn | grep -q :7000; do sleep 0.1; done`,
    );
    const check = await rig.omniplace('serve', file, '--check');
    expect([check.code, /port 7000/.test(check.stdout)]).toEqual([0, false]);
    await rig.ssh(1, 'docker exec omniplace_proxy_c0 pkill -f create_server');
  });
});
