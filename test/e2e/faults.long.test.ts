import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { LabRig, NO_LAB } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';

/** Seconds on an unloaded machine are a third of these. */
const PATIENCE = 3;

describe('faults of a cluster that served', unless(NO_LAB), () => {
  const rig = new LabRig('faults');
  let file: string;

  beforeAll(async () => {
    await rig.up(2);
    file = rig.inventory('1p1d', (text) => text.replace('ssh: {', 'ssh: {connect_timeout: 5s, '));
    await serves();
  });
  afterAll(async () => {
    await rig.down();
    rig.forget();
  });

  it('a container that is gone is named, and serve makes it again', async () => {
    await rig.ssh(2, 'docker rm -f omniplace_decode_d0');
    expect(await node('d0')).toMatchObject({ state: 'stopped', reason: 'no container omniplace_decode_d0' });
    await serves();
  });

  it('a container that was killed is named, and serve starts it again', async () => {
    await rig.ssh(2, 'docker kill omniplace_decode_d0');
    expect((await node('d0'))?.state).toBe('dead');
    await serves();
  });

  it('a docker that was stopped is named, and serve goes on once it is back', async () => {
    await rig.fault('nodocker', 2);
    const refused = await rig.omniplace('serve', file, '--yes');
    expect([refused.code, /docker does not answer/.test(refused.stderr)]).toEqual([3, true]);
    await rig.fault('startdocker', 2);
    await serves();
  });

  it('a host that was rebooted has nothing running, which status says, and serve starts it all', async () => {
    await rig.fault('reboot', 2);
    await expect.poll(async () => (await node('d0'))?.state, { timeout: 30_000 }).toBe('dead');
    await serves();
  });

  it('a proxy that answers 200 with an empty body does not serve, and status says why', async () => {
    await rig.omniplace('stop', file, '--yes', '--last', '--limit', 'proxy');
    const lie =
      'import http.server as h;H=type(\\"H\\",(h.BaseHTTPRequestHandler,),{\\"do_GET\\":lambda s:(s.send_response(200),s.end_headers()),\\"do_POST\\":lambda s:(s.send_response(200),s.end_headers())});h.HTTPServer((\\"\\",7000),H).serve_forever()';
    await rig.ssh(
      1,
      `docker exec -d omniplace_proxy_c0 python3 -c "${lie}"; until ss -Hltn | grep -q :7000; do sleep 0.1; done`,
    );
    const found = (await rig.omniplace('status', file, '--json')).json<ClusterStatus>();
    expect(found.state).not.toBe('serving');
    expect('problem' in found.token && found.token.problem).toMatch(/200 without a token/);
    await rig.ssh(1, 'docker exec omniplace_proxy_c0 pkill -f http.server');
    await serves();
  });

  it('a black hole is given up in time, by serve and by status', async () => {
    await rig.fault('blackhole', 2, '22');
    const ran = await rig.omniplace('serve', file, '--yes', '--json');
    expect([ran.code, ran.json<RunSummary>().changed]).toEqual([4, 0]);
    expect(ran.tookMs).toBeLessThan(15_000 * PATIENCE);
    const status = await rig.omniplace('status', file, '--json');
    expect(status.tookMs).toBeLessThan(5_000 * PATIENCE);
    expect(status.json<ClusterStatus>().nodes.find((one) => one.node === 'd0')?.state).toBe('unreachable');
    await rig.fault('unfilter', 2);
    await serves();
  });

  async function serves(): Promise<void> {
    const ran = await rig.omniplace('serve', file, '--yes', '--json');
    expect([ran.code, ran.stderr.slice(-2000)]).toEqual([0, ran.stderr.slice(-2000)]);
    expect(ran.json<RunSummary>().outcome).toBe('done');
  }

  async function node(name: string) {
    const status = await rig.omniplace('status', file, '--json');
    return status.json<ClusterStatus>().nodes.find((one) => one.node === name);
  }
});
