import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { LabRig, NO_LAB } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';

const rig = new LabRig('topo');
const PASSWORD = 'correct horse';
/** The same as /etc/shadow has it: sha512crypt with the salt `omniplace`. */
const PASSWORD_HASH =
  '$6$omniplace$kjXYW7THkcM67WNQQgrN8BeDD0CZCiRfvMFVcJqGKPDbvyEamoPRLfK0/DOXg6bb0/o1ioMFxfqio4ExDTXPe.';

// one lab; each story serves a cluster of its own, and removes it
describe('topologies in the lab', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    await rig.up(4);
    process.env.TOPO_PASSWORD = PASSWORD;
    await takePasswordsOnly(4);
  });
  afterAll(async () => {
    delete process.env.TOPO_PASSWORD;
    await rig.down();
    rig.forget();
  });

  describe('half machines, two uneven decode groups and a proxy apart, by an ordinary user who becomes root', () => {
    const file = () =>
      write(
        'halves',
        `deployment:
  defaults: {user: operator, private_key: ${rig.paths.key}}
  prefill:
    group1: {hosts: ${at(1)}, master_port: 8000, base_api_port: 9000, ascend_rt_visible_devices: "0,1", placement: {mode: base}}
    group2: {hosts: ${at(1)}, master_port: 8002, base_api_port: 9002, ascend_rt_visible_devices: "2,3", placement: {mode: off}}
  decode:
    group1: {hosts: ${at(2)}, master_port: 8100, base_api_port: 9100, ascend_rt_visible_devices: "0,1,2,3", placement: {mode: redundant}}
    group2: {hosts: ${at(3)}, master_port: 8101, base_api_port: 9200, ascend_rt_visible_devices: "1,3", placement: {mode: rearrange}}
  proxy: {host: ${at(4)}, listen_port: 7000, password: {env: TOPO_PASSWORD}}
`,
        '  ssh: {become: sudo, known_hosts: KNOWN_HOSTS}\n',
      );

    it('serve a token', async () => {
      const ran = await rig.omniplace('serve', file(), '--yes', '--json');
      expect(failures(ran.json<RunSummary>())).toEqual([]);
      expect(ran.code).toBe(0);
      expect(ran.stderr).not.toContain(PASSWORD);
    });

    it('run as what they are: two instances on one host, two decode instances of four and two ranks', async () => {
      const status = (await rig.omniplace('status', file(), '--json')).json<ClusterStatus>();
      expect(status.nodes.map(({ node, host, state, servers }) => [node, host, state, servers.length])).toEqual([
        ['p0', at(1), 'serving', 1],
        ['p1', at(1), 'serving', 1],
        ['d0', at(2), 'serving', 4],
        ['d1', at(3), 'serving', 2],
        ['c0', at(4), 'serving', 1],
      ]);
      const table = await rig.ssh(
        3,
        'cat /var/lib/omniplace/topo-halves/d1/ranktable/global/global_ranktable_merge.json',
      );
      const groups = JSON.parse(table.stdout).server_group_list as {
        server_list: { device: { device_id: string }[] }[];
      }[];
      expect(groups.map(({ server_list }) => server_list[0]?.device.map(({ device_id }) => device_id).join())).toEqual([
        '0,1',
        '2,3',
        '0,1,2,3',
        '1,3',
      ]);
    });

    it('own their files as root, in containers that are root’s', async () => {
      const owners = await rig.ssh(2, "find /var/lib/omniplace/topo-halves -printf '%U:%G\\n' | sort -u");
      expect(owners.stdout).toBe('0:0\n');
      const modes = await rig.ssh(2, "stat -c '%a' /var/lib/omniplace/topo-halves/d0/run_decode.sh");
      expect(modes.stdout).toBe('700\n');
    });

    it('have nothing to do when served again, and go without a trace', async () => {
      const again = (await rig.omniplace('serve', file(), '--json')).json<RunSummary>();
      expect(again.changed).toBe(0);
      const removed = await rig.omniplace('stop', file(), '--remove', '--yes', '--last');
      expect(removed.code).toBe(0);
      expect((await rig.ssh(4, 'docker ps -aq; ls /var/lib/omniplace')).stdout).toBe('');
    });
  });

  describe('a prefill instance over two hosts, through a jump host, one host by password', () => {
    const file = () =>
      write(
        'ray',
        `deployment:
  defaults: {user: root, private_key: ${rig.paths.key}, ascend_rt_visible_devices: "0,1"}
  prefill:
    group1: {hosts: "${at(1)},${at(2)}", master_port: 8000, base_api_port: 9000}
  decode:
    group1:
      hosts: "${at(3)},${at(4)}"
      master_port: 8100
      base_api_port: 9100
      host ${at(4)}: {user: operator, password: {env: TOPO_PASSWORD}, base_api_port: 9300}
  proxy: {host: ${at(3)}, listen_port: 7000}
`,
        `  ssh: {become: sudo, known_hosts: KNOWN_HOSTS, jump: operator@${at(1)}}\n`,
      );

    it('serves a token, one rank table for four dies of prefill', async () => {
      const ran = await rig.omniplace('serve', file(), '--yes', '--json');
      expect(failures(ran.json<RunSummary>())).toEqual([]);
      expect(ran.code).toBe(0);
      const ray = await rig.ssh(2, `docker exec omniplace_prefill_p1 ray status --address=${at(1)}:6379`);
      expect(ray.code).toBe(0);
      const script = await rig.ssh(4, 'cat /var/lib/omniplace/topo-ray/d1/run_decode.sh');
      expect(script.stdout).toContain('--server-offset 2 ');
      expect(script.stdout).toContain('--base-api-port 9300 ');
    });

    it('is reached through the jump host', async () => {
      const logins = await rig.ssh(4, `grep -c 'Accepted password for operator from ${at(1)} ' /var/log/sshd.log`);
      expect(Number(logins.stdout)).toBeGreaterThan(0);
    });

    it('goes without a trace', async () => {
      expect((await rig.omniplace('stop', file(), '--remove', '--yes', '--last')).code).toBe(0);
    });
  });

  describe('mixed servers', () => {
    const file = () =>
      write(
        'mixed',
        `deployment:
  defaults: {user: root, private_key: ${rig.paths.key}}
  mixed:
    group1: {hosts: ${at(2)}, base_api_port: 8300, ascend_rt_visible_devices: "0"}
    group2: {hosts: ${at(2)}, base_api_port: 8301, ascend_rt_visible_devices: "1,2", max_num_seqs: 64}
`,
        '  ssh: {known_hosts: KNOWN_HOSTS}\n',
      );

    it('serve a token each, without a proxy', async () => {
      const ran = await rig.omniplace('serve', file(), '--yes', '--json');
      const summary = ran.json<RunSummary>();
      expect(failures(summary)).toEqual([]);
      expect(summary.results.filter(({ step }) => step.startsWith('verify/')).map(({ step }) => step)).toEqual([
        'verify/m0/completion',
        'verify/m1/completion',
      ]);
      expect(summary.next).toEqual([
        `serving at http://${at(2)}:8300/v1 as model lab-moe`,
        `serving at http://${at(2)}:8301/v1 as model lab-moe`,
      ]);
      const status = await rig.omniplace('status', file());
      expect(status.code).toBe(0);
    });

    it('build wheels where they run, bring them here, and install them at the next serve', async () => {
      const before = readFileSync(join(rig.paths.wheels, 'omni_infer-0.6.0-py3-none-any.whl'));
      const built = await rig.omniplace('serve', file(), '--only', 'build_wheels', '-v', '--yes');
      expect(built.stderr).toContain('building omni_infer');
      expect([built.code, built.code === 0 ? '' : built.stderr]).toEqual([0, '']);
      expect(readdirSync(rig.paths.wheels).sort()).toEqual([
        'omni_infer-0.6.0-py3-none-any.whl',
        'omni_placement-0.7.2.2-py3-none-any.whl',
        'vllm-0.9.0-py3-none-any.whl',
      ]);
      expect(readFileSync(join(rig.paths.wheels, 'omni_infer-0.6.0-py3-none-any.whl')).equals(before)).toBe(false);
      // in a copy: the synced code is as it was
      expect((await rig.ssh(2, 'ls /var/lib/omniplace/topo-mixed/code/omniinfer/build')).stdout).toBe('build.sh\n');

      const served = (await rig.omniplace('serve', file(), '--yes', '--json')).json<RunSummary>();
      expect(failures(served)).toEqual([]);
      const tags = served.results.filter(({ status }) => status === 'changed').map(({ step }) => step.split('/')[0]);
      expect([...new Set(tags)]).toEqual(['push_config', 'pip_install', 'stop_server', 'run_server']);
    });

    it('say what the source tree lacks', async () => {
      const [engine, aside] = [join(rig.paths.code, 'omniinfer/infer_engines/vllm'), join(rig.folder, 'vllm')];
      renameSync(engine, aside);
      const built = await rig.omniplace('serve', file(), '--only', 'sync_code,build_wheels', '--yes');
      renameSync(aside, engine);
      expect(built.code).toBe(3);
      expect(built.stderr).toContain(
        'no infer_engines/vllm in /workspace/omniinfer: put vllm v0.9.0 there, in a folder of that name',
      );
    });

    it('are missed by name when one is gone', async () => {
      await rig.ssh(2, "docker exec omniplace_mixed_m1 pkill -9 -f 'engine.cjs serve'");
      const status = await rig.omniplace('status', file(), '--json');
      expect(status.code).toBe(6);
      const { state, reason } = status.json<ClusterStatus>();
      expect([state, reason]).toEqual(['degraded', expect.stringContaining('m1')]);
      expect((await rig.omniplace('stop', file(), '--remove', '--yes', '--last')).code).toBe(0);
    });
  });
});

function at(host: number): string {
  return rig.address(host);
}

function write(name: string, deployment: string, ssh: string): string {
  const file = join(rig.folder, `${name}.yml`);
  const services = `services:
  name: topo-${name}
  docker_image: omniplace/lab:1
  model_path: /data/models/lab-moe
  served_model_name: lab-moe
  code_path: ${rig.paths.code}
  wheels: [${rig.paths.wheels}/*.whl]
  container: {shm_size: 64m}
  ready: {prefill: 60s, decode: 60s, mixed: 60s, no_progress: 20s}
  prefill: {max_model_len: 4096}
  decode: {max_model_len: 4096}
`;
  writeFileSync(file, deployment + services + ssh.replace('KNOWN_HOSTS', rig.paths.knownHosts));
  return file;
}

/** The ordinary user of a host logs in by password, and by no key. */
async function takePasswordsOnly(host: number): Promise<void> {
  const ran = await rig.ssh(
    host,
    `sed -i 's#^operator:[^:]*#operator:${PASSWORD_HASH}#' /etc/shadow && rm /home/operator/.ssh/authorized_keys`,
  );
  if (ran.code !== 0) throw new Error(ran.stderr);
}

function failures(summary: RunSummary): string[] {
  return summary.results
    .filter((result) => result.status === 'failed' || result.status === 'unreachable')
    .map((result) => `${result.step}: ${result.message} ${result.output.join(' | ')}`);
}
