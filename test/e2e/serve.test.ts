import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_DIALECT } from '../../src/lab/engines/omni/dialects/dialect.ts';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { PhaseTiming } from '../../src/report/timings.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { finished, LabRig, NO_LAB, said } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';

const rig = new LabRig('e2e');
let file = '';

// one lab, one story: each test begins where the one before it ended
describe('a 2P1D cluster in the lab', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    await rig.up(4);
    file = rig.inventory('2p1d');
  });
  afterAll(async () => {
    await rig.down();
    rig.forget();
  });

  it('comes from nothing to a verified token, after at most 12 round trips per host to the start of its engine', async () => {
    const ran = await rig.omniplace('serve', file, '--yes', '--json');
    const summary = ran.json<RunSummary>();
    expect(failures(summary)).toEqual([]);
    expect(ran.code).toBe(0);
    expect(summary.outcome).toBe('done');
    expect(summary.results.find((result) => result.step === 'verify/c0/completion')?.message).toMatch(
      /^".+" in \d+ ms; KV transfer: not provable \(the vLLM 0\.9 in OmniInfer does not count it\)$/,
    );
    expect(changedTags(summary)).toEqual([
      'run_docker',
      'sync_code',
      'push_config',
      'pip_install',
      'ranktable',
      'run_server',
      'run_proxy',
    ]);
    const { timings } = ran.json<{ timings: readonly PhaseTiming[] }>();
    const before = timings.filter(({ phase }) => !['run_server', 'run_proxy', 'verify'].includes(phase));
    for (const host of [1, 2, 3, 4].map((number) => rig.address(number))) {
      const trips = before.filter((row) => row.host === host).reduce((sum, { roundTrips }) => sum + roundTrips, 0);
      expect([host, trips > 0 && trips <= 12]).toEqual([host, true]);
    }
  });

  it('is really there: labelled containers, installed wheels, rank tables, one process tree per server', async () => {
    const containers = await rig.ssh(1, 'docker ps --format \'{{.Names}} {{.Label "omniplace.node"}}\' | sort');
    expect(containers.stdout).toBe('omniplace_prefill_p0 p0\nomniplace_proxy_c0 c0\n');
    const wheels = await rig.ssh(3, 'docker exec omniplace_decode_d0 python3 -m pip list --format=freeze');
    expect(wheels.stdout).toContain('omni_placement==');
    const table = await rig.ssh(4, 'cat /var/lib/omniplace/e2e-2p1d/d1/ranktable/global/global_ranktable_merge.json');
    expect(JSON.parse(table.stdout).server_group_list.map((group: { group_id: string }) => group.group_id)).toEqual([
      '0',
      '1',
      '2',
    ]);
    const markers = await rig.ssh(3, 'grep -lzxF OMNIPLACE_NODE=e2e-2p1d/d0 /proc/[0-9]*/environ 2>/dev/null | wc -l');
    expect(Number(markers.stdout)).toBeGreaterThanOrEqual(4);
  });

  it('answers through the proxy on the wire, streaming too, to somebody who knows nothing of omniplace', async () => {
    const url = `http://${rig.address(1)}:7000/v1/completions`;
    const ask = (body: object) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'lab-moe', prompt: 'Alice is ', max_tokens: 4, ...body }),
      });
    const whole = (await (await ask({})).json()) as {
      choices: { text: string }[];
      usage: { completion_tokens: number };
    };
    expect(whole.choices[0]?.text).toMatch(/\S/);
    expect(whole.usage.completion_tokens).toBe(4);
    const stream = await (await ask({ stream: true })).text();
    expect(stream).toMatch(/^data: \{/);
    expect(stream.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  it('is serving by its status, as JSON and as text', async () => {
    const status = (await rig.omniplace('status', file, '--json')).json<ClusterStatus>();
    expect(status.state).toBe('serving');
    expect(status.nodes.map(({ node, state, servers }) => [node, state, servers.length])).toEqual([
      ['p0', 'serving', 1],
      ['p1', 'serving', 1],
      ['d0', 'serving', 4],
      ['d1', 'serving', 4],
      ['c0', 'serving', 1],
    ]);
    const text = await rig.omniplace('status');
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^e2e-2p1d is SERVING: a token came through in \d+ ms\n +node +role .*\n {2}\+ p0/);
    expect(text.stderr).toContain('(the one served last)');
  });

  it('changes nothing when served again: one round trip per host and one request', async () => {
    const summary = (await rig.omniplace('serve', file, '--json')).json<RunSummary>();
    expect(summary.changed).toBe(0);
    expect(
      Object.fromEntries(Object.entries(summary.traffic).map(([host, { roundTrips }]) => [host, roundTrips])),
    ).toEqual({
      [rig.address(1)]: 2,
      [rig.address(2)]: 1,
      [rig.address(3)]: 1,
      [rig.address(4)]: 1,
    });
  });

  it.each([
    'preflight',
    'run_docker',
    'sync_code',
    'push_config',
    'pip_install',
    'ranktable',
    'stop_server',
    'run_server',
    'run_proxy',
    'verify',
  ])('has nothing to do for %s alone', async (tag) => {
    const ran = await rig.omniplace('serve', file, '--only', tag, '--json');
    const summary = ran.json<RunSummary>();
    expect([ran.code, summary.changed, summary.results.every((result) => result.step.startsWith(`${tag}/`))]).toEqual([
      0,
      0,
      true,
    ]);
  });

  it('takes changed code out with sync_code alone, says restart pending, and restarts at the next serve', async () => {
    appendFileSync(join(rig.paths.code, 'omniinfer', 'omni', '__init__.py'), '# changed\n');
    const sync = (await rig.omniplace('serve', file, '--only', 'sync_code', '--json')).json<RunSummary>();
    expect(changedTags(sync)).toEqual(['sync_code']);
    expect(sync.changed).toBe(4);
    expect(sync.next.join()).toContain('restart pending');
    expect((await rig.ssh(2, 'tail -n 1 /var/lib/omniplace/e2e-2p1d/code/omniinfer/omni/__init__.py')).stdout).toBe(
      '# changed\n',
    );

    const status = (await rig.omniplace('status', file, '--json')).json<ClusterStatus>();
    expect(status.state).toBe('serving');
    expect(status.nodes.every((node) => node.restartPending !== null)).toBe(true);

    const refused = await rig.omniplace('serve', file);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('There is no terminal to ask at: add --yes if that is meant.');

    const summary = (await rig.omniplace('serve', file, '--yes', '--json')).json<RunSummary>();
    expect(changedTags(summary)).toEqual(['stop_server', 'run_server', 'run_proxy']);
    expect(summary.outcome).toBe('done');
  });

  it('pushes a changed config without touching servers, and refuses to start over an older one', async () => {
    const override = ['-e', 'services.decode.max_model_len=2048'];
    const early = await rig.omniplace('serve', file, ...override, '--only', 'run_server');
    expect(early.code).toBe(2);
    expect(early.stderr).toMatch(
      /run_server would run over something older than the deployment .*use --only push_config,stop_server,run_server/s,
    );
    const push = (
      await rig.omniplace('serve', file, ...override, '--only', 'push_config', '--json')
    ).json<RunSummary>();
    expect(push.results.map((result) => result.step)).toEqual(['push_config/d0/put', 'push_config/d1/put']);
    const check = await rig.omniplace('serve', file, '--check', '--diff');
    expect(check.stdout).toContain('+  --max-model-len 4096');
    const back = (await rig.omniplace('serve', file, '--json', '--yes')).json<RunSummary>();
    expect(changedTags(back)).toEqual(['push_config']);
  });

  it('reinstalls a wheel of the same version and another content', async () => {
    const { writeLabWheels, labWheel } = await import('../../src/lab/code.ts');
    const [first = ''] = await writeLabWheels(rig.paths.wheels, DEFAULT_DIALECT);
    const before = readFileSync(first);
    const changed = labWheel('omni_infer', '0.6.0', 'other');
    writeFileSync(join(rig.paths.wheels, changed.name), changed.bytes);
    expect(readFileSync(first).equals(before)).toBe(false);
    const summary = (await rig.omniplace('serve', file, '--yes', '--json')).json<RunSummary>();
    expect(changedTags(summary)).toEqual(['push_config', 'pip_install', 'stop_server', 'run_server']);
    expect(failures(summary)).toEqual([]);
  });

  it('repairs a server that was killed, and status had said so', async () => {
    await rig.ssh(4, "docker exec omniplace_decode_d1 pkill -9 -f 'engine.cjs serve'");
    const status = await rig.omniplace('status', file, '--json');
    expect(status.code).toBe(6);
    expect(['dead', 'degraded']).toContain(
      status.json<ClusterStatus>().nodes.find((node) => node.node === 'd1')?.state,
    );
    const summary = (await rig.omniplace('serve', file, '--yes', '--json')).json<RunSummary>();
    expect(summary.outcome).toBe('done');
    expect(summary.results.map((result) => result.step)).toContain('run_server/d0/spawn');
  });

  it('names a host that is down, touches nothing, answers status in time, and repairs it when it is back', async () => {
    await rig.fault('poweroff', 4);
    const ran = await rig.omniplace('serve', file, '-e', 'services.ssh.connect_timeout=2s', '--yes', '--json');
    expect(ran.code).toBe(4);
    expect(
      ran
        .json<RunSummary>()
        .results.filter((result) => result.status === 'unreachable')
        .map((result) => result.step),
    ).toEqual(['preflight/d1/host']);
    expect(ran.json<RunSummary>().changed).toBe(0);

    const status = await rig.omniplace('status', file, '--json');
    expect(status.code).toBe(6);
    expect(status.tookMs).toBeLessThan(15_000);
    expect(status.json<ClusterStatus>().nodes.find((node) => node.node === 'd1')?.state).toBe('unreachable');

    await rig.fault('boot', 4);
    const back = (await rig.omniplace('serve', file, '--yes', '--json')).json<RunSummary>();
    expect(failures(back)).toEqual([]);
    expect(back.outcome).toBe('done');
  });

  it('stops, and says that it stopped', async () => {
    const stop = (await rig.omniplace('stop', file, '--yes', '--last', '--json')).json<RunSummary>();
    expect(stop.results.map((result) => [result.step, result.status])).toEqual(
      ['c0', 'p0', 'p1', 'd0', 'd1'].map((node) => [`stop_server/${node}/stop`, 'changed']),
    );
    const status = (await rig.omniplace('status', file, '--json')).json<ClusterStatus>();
    expect(status.state).toBe('stopped');
    expect((await rig.omniplace('stop', file)).stdout.trim()).toBe('Nothing runs.');
  });

  it('finds a taken port before anything is touched, with its holder', async () => {
    const holder = await rig.ssh(
      3,
      'python3 -c "import socket,time;s=socket.socket();s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1);s.bind((\'0.0.0.0\',9102));s.listen();time.sleep(600)" >/dev/null 2>&1 & echo $!; until ss -Hltn | grep -q :9102; do sleep 0.1; done',
    );
    const ran = await rig.omniplace('serve', file, '--yes');
    expect(ran.code).toBe(3);
    expect(ran.stderr).toMatch(new RegExp(`port 9102 \\(api of d0\\) is held by process ${holder.stdout.trim()}`));
    await rig.ssh(3, `kill ${holder.stdout.trim()}`);
  });

  it('ends remote work at Ctrl-C, says what is left, and finishes at the next serve', async () => {
    await rig.omniplace('stop', file, '--remove', '--yes', '--last');
    const child = rig.start('serve', file, '--yes', '-v');
    const ended = finished(child);
    await said(child, /pip_install: \d+ steps[\s\S]*install 3 wheels/);
    child.kill('SIGINT');
    const ran = await ended;
    expect(ran.code).toBe(130);
    expect(ran.stdout).toMatch(/^INTERRUPTED: .*\n {2}remote commands of this run were ended; \d+ steps were not done/);
    const left = await rig.ssh(1, "pgrep -fc '[p]ip install' || true");
    expect(left.stdout.trim()).toBe('0');
    const again = (await rig.omniplace('serve', file, '--yes', '--json')).json<RunSummary>();
    expect(failures(again)).toEqual([]);
  });

  it('can be killed at any moment: nothing of it lives on, and the next serve finishes', async () => {
    await rig.omniplace('stop', file, '--remove', '--yes', '--last');
    for (const moment of [/run_docker: \d+ steps/, /push_config: \d+ steps/, /run_server: \d+ steps/]) {
      const child = rig.start('serve', file, '--yes', '-v');
      const ended = finished(child);
      await said(child, moment);
      child.kill('SIGKILL');
      await ended;
    }
    const again = (await rig.omniplace('serve', file, '--yes', '--json')).json<RunSummary>();
    expect(failures(again)).toEqual([]);
    expect(again.outcome).toBe('done');
  });

  it('removes all that is its own and nothing else', async () => {
    await rig.ssh(1, 'docker run -d --name bystander --net=host --entrypoint sleep omniplace/lab:1 600');
    const ran = await rig.omniplace('stop', file, '--remove', '--yes', '--last');
    expect(ran.code).toBe(0);
    expect((await rig.ssh(1, "docker ps -a --format '{{.Names}}'; ls /var/lib/omniplace")).stdout).toBe('bystander\n');
    await rig.ssh(1, 'docker rm -f bystander');
  });

  it('serves 1P1D beside it, from another file', async () => {
    const small = rig.inventory('1p1d');
    const summary = (await rig.omniplace('serve', small, '--yes', '--json')).json<RunSummary>();
    expect(failures(summary)).toEqual([]);
    expect((await rig.omniplace('status', small)).code).toBe(0);
    expect((await rig.omniplace('stop', small, '--remove', '--yes', '--last')).code).toBe(0);
  });

  it('refuses a container of its name that is not its own, and leaves it alone', async () => {
    await rig.ssh(2, 'docker run -d --name omniplace_prefill_p1 --net=host --entrypoint sleep omniplace/lab:1 600');
    const ran = await rig.omniplace('serve', file, '--yes');
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('container omniplace_prefill_p1 was not made by omniplace');
    expect((await rig.ssh(2, "docker inspect -f '{{.State.Running}}' omniplace_prefill_p1")).stdout.trim()).toBe(
      'true',
    );
    await rig.ssh(2, 'docker rm -f omniplace_prefill_p1');
  });

  it('shows why a server did not start: its exit code and the last words of every rank', async () => {
    const bad = rig.inventory('2p1d', (text) =>
      text.replace('decode: {max_model_len', 'decode: {extra_args: ["--nonsense"], max_model_len'),
    );
    const ran = await rig.omniplace('serve', bad, '--yes', '--no-rollback');
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain(
      'the server ended before it was ready: vllm serve: error: unrecognized arguments: --nonsense (exit code 0)',
    );
    expect(ran.stderr).toContain('| server_3.log: vllm serve: error: unrecognized arguments: --nonsense');
    const status = (await rig.omniplace('status', bad, '--json')).json<ClusterStatus>();
    expect(status.nodes.filter((node) => node.state === 'dead').map((node) => [node.node, node.reason])).toEqual([
      ['d0', 'its server ended with exit code 0'],
      ['d1', 'its server ended with exit code 0'],
    ]);
    const mended = (await rig.omniplace('serve', rig.inventory('2p1d'), '--yes', '--json')).json<RunSummary>();
    expect(mended.outcome).toBe('done');
  });

  it('refuses a pattern whose shape is not the instance, before any host is asked', async () => {
    const { writeNpyInt32 } = await import('../../src/placement/index.ts');
    writeFileSync(join(rig.folder, 'wrong.npy'), writeNpyInt32([4, 8, 64], new Int32Array(4 * 8 * 64).fill(1)));
    const bad = rig.inventory('2p1d', (text) =>
      text.replace('decode: {max_model_len', 'decode: {placement: {pattern_path: wrong.npy}, max_model_len'),
    );
    const ran = await rig.omniplace('serve', bad, '--yes');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/wrong\.npy.*\(4, 8, 64\)/);
  });

  it('refuses a wrong key and a changed host key, each in its own words, before anything is sent', async () => {
    const key = join(rig.folder, 'other_key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const refused = await rig.omniplace(
      'serve',
      rig.inventory('2p1d', (text) => text.replace(rig.paths.key, key)),
      '--yes',
    );
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(
      /unreachable on \d hosts: can't log in to .*: the host accepts none of what was tried: key /,
    );
    await rig.fault('newhostkey', 2);
    file = rig.inventory('2p1d');
    const changed = await rig.omniplace('serve', file, '--yes');
    expect(changed.code).toBe(4);
    expect(changed.stderr).toMatch(
      new RegExp(
        `check host ${rig.address(2)}: unreachable: .* shows another key than the one known: ssh-ed25519 SHA256:`,
      ),
    );
  });
});

function failures(summary: RunSummary): string[] {
  return summary.results
    .filter((result) => result.status === 'failed' || result.status === 'unreachable')
    .map((result) => `${result.step}: ${result.message} ${result.output.join(' | ')}`);
}

function changedTags(summary: RunSummary): string[] {
  return [
    ...new Set(
      summary.results.filter((result) => result.status === 'changed').map((result) => result.step.split('/')[0] ?? ''),
    ),
  ];
}
