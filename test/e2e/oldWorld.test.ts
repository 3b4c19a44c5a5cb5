import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportResult } from '../../src/operations/import/importFile.ts';
import type { KeyCheck } from '../../src/operations/keys/check.ts';
import type { KeysSetup } from '../../src/operations/keys/setup.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { LabRig, NO_LAB } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';

const PASSWORD = 'canary-$HOME-"quoted"';
const rig = new LabRig('old');
const cluster = () => join(rig.folder, 'cluster.yml');
const original = () => join(rig.folder, 'omni_infer_deployment.yml');

// one lab, one story: each test begins where the one before it ended
describe('the old world in the lab', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    await rig.up(2);
  });
  afterAll(async () => {
    delete process.env.LAB_PASSWORD;
    await rig.down();
    rig.forget();
  });

  it('becomes a deployment file that is valid', async () => {
    writeFileSync(original(), omniCliFile());
    const ran = await rig.omniplace('import', original(), '--out', cluster(), '--json');
    const result = ran.json<ImportResult>();
    expect([ran.code, result.format]).toEqual([0, "omni_cli's deployment file"]);
    expect(result.faults.map(({ code, message }) => [code, message])).toEqual([
      ['missing_local_file', `The private key \`${key()}\` does not exist on this machine.`],
    ]);
    expect(result.leftovers.map(({ path }) => path)).toEqual(['services.local_code_path']);
    expect(readFileSync(cluster(), 'utf8')).toBe(result.text);
    const again = await rig.omniplace('import', original(), '--out', cluster());
    expect([again.code, again.stderr]).toEqual([
      2,
      `error file_exists: ${cluster()} exists already; it was left as it is.\n  hint: Name another file, or add --force to overwrite it.\n`,
    ]);
    // what omni_cli has no words for: the lab's own
    writeFileSync(
      cluster(),
      result.text
        .replace(
          'services:\n',
          `services:\n  name: old\n  served_model_name: lab-moe\n  container: {shm_size: 64m}\n  ready: {prefill: 60s, decode: 60s, no_progress: 20s}\n`,
        )
        .replace('host_keys: accept-new', `host_keys: strict\n    known_hosts: ${knownHosts()}`),
    );
    const valid = await rig.omniplace('validate', cluster());
    expect([valid.code, valid.stdout]).toEqual([0, expect.stringContaining(`${cluster()}: 1 warning\n`)]);
  });

  describe('without keys', () => {
    beforeAll(async () => {
      for (const host of [1, 2]) {
        await rig.fault('noauth', host);
        await rig.fault('password', host, PASSWORD);
      }
    });

    it('is told host by host', async () => {
      const check = await rig.omniplace('keys', 'check', cluster(), '--json');
      expect(check.code).toBe(3);
      expect(check.json<{ hosts: KeyCheck[] }>().hosts.map(({ state, message }) => [state, message])).toEqual([
        ['no-key', `there is no ${key()}`],
        ['no-key', `there is no ${key()}`],
      ]);
    });

    it('makes the key, and without a terminal accepts no host', async () => {
      const ran = await rig.omniplace('keys', 'setup', cluster());
      expect(ran.code).toBe(2);
      expect(ran.stderr).toMatch(
        /^error needs_yes: These host keys are not in .*\n {2}198\.51\.100\.\d+ +ssh-ed25519 {2}SHA256:/,
      );
      expect(() => statSync(knownHosts())).toThrow('ENOENT');
      expect((statSync(key()).mode & 0o777).toString(8)).toBe('600');
    });

    it('gets them by password once, proves them, and shows the password nowhere', async () => {
      process.env.LAB_PASSWORD = PASSWORD;
      const setup = await rig.omniplace(
        'keys',
        'setup',
        cluster(),
        '--yes',
        '--json',
        '-e',
        'deployment.defaults.password.env=LAB_PASSWORD',
      );
      expect(setup.stderr).toContain(`${rig.address(1)}  ssh-ed25519  ${fingerprintOf(1)}\n`);
      const { keys, hosts } = setup.json<KeysSetup>();
      expect(hosts.map(({ state, accepted, done, message }) => [state, accepted, done, message])).toEqual([
        ['ok', true, 'installed', 'logged in with the key alone'],
        ['ok', true, 'installed', 'logged in with the key alone'],
      ]);
      expect(keys.map(({ path, created }) => [path, created])).toEqual([[key(), false]]);
      expect(setup.code).toBe(0);
      expect(setup.stdout + setup.stderr + readFileSync(knownHosts(), 'utf8')).not.toContain('canary');
      const check = await rig.omniplace('keys', 'check', cluster());
      expect([check.code, check.stdout]).toEqual([
        0,
        [1, 2].map((host) => `root@${rig.address(host)}  ok  logged in with the key alone\n`).join(''),
      ]);
      const again = await rig.omniplace('keys', 'setup', cluster(), '--json');
      expect(again.json<KeysSetup>().hosts.map(({ done, accepted }) => [done, accepted])).toEqual([
        ['nothing', false],
        ['nothing', false],
      ]);
    });

    it('says when the password is wrong', async () => {
      onHost(2, 'rm /root/.ssh/authorized_keys');
      process.env.LAB_PASSWORD = 'canary-wrong';
      const ran = await rig.omniplace(
        'keys',
        'setup',
        cluster(),
        '-e',
        'deployment.defaults.password.env=LAB_PASSWORD',
      );
      expect(ran.code).toBe(3);
      expect(ran.stdout).toContain(
        `root@${rig.address(2)}  refused  can't log in to ${rig.address(2)} port 22 as root: the host accepts none of what was tried: password (is the password right, and does its sshd take passwords?)`,
      );
      expect(ran.stdout + ran.stderr).not.toContain('canary');
      process.env.LAB_PASSWORD = PASSWORD;
      const right = await rig.omniplace(
        'keys',
        'setup',
        cluster(),
        '-e',
        'deployment.defaults.password.env=LAB_PASSWORD',
      );
      expect(right.code).toBe(0);
    });
  });

  it('is taken over: foreign containers are named by what they hold, stopped, and never removed', async () => {
    const foreign = (name: string, env: string, command: string) =>
      `docker run -d --name ${name} --net=host ${env} --entrypoint python3 omniplace/lab:1 ${command}`;
    const listen = (port: number) =>
      `-c "import socket,time;s=socket.socket();s.bind(('0.0.0.0',${port}));s.listen();time.sleep(600)"`;
    onHost(2, foreign('w_omni_infer_decode_d0', '-e ASCEND_RT_VISIBLE_DEVICES=2,3', listen(9101)));
    onHost(2, foreign('omniplace_decode_d0', '', '-c "import time;time.sleep(600)"'));
    onHost(2, 'until ss -Hltn | grep -q :9101; do sleep 0.1; done');

    const refused = await rig.omniplace('serve', cluster(), '--yes');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(
      'container w_omni_infer_decode_d0 holds dies 2,3 that d0 needs and port 9101 that d0 needs (serve with --take-over w_omni_infer_decode_d0 stops it)',
    );
    expect(refused.stderr).toContain(
      "container omniplace_decode_d0 was not made by omniplace, and has the name of d0's",
    );
    const unasked = await rig.omniplace('serve', cluster(), '--take-over', 'w_*,omniplace_decode_d0');
    expect([unasked.code, unasked.stderr]).toEqual([
      2,
      expect.stringContaining('stop container w_omni_infer_decode_d0'),
    ]);

    const ran = await rig.omniplace('serve', cluster(), '--take-over', 'w_*,omniplace_decode_d0', '--yes', '--json');
    const summary = ran.json<RunSummary>();
    expect(summary.results.filter(({ status }) => status === 'failed' || status === 'unreachable')).toEqual([]);
    const took = summary.results.map(({ step }) => step).filter((step) => step.startsWith('take_over/'));
    expect(took.filter((step) => !step.endsWith('/try'))).toEqual([
      'take_over/d0/stop-omniplace_decode_d0',
      'take_over/d0/rename-omniplace_decode_d0',
      'take_over/d0/stop-w_omni_infer_decode_d0',
    ]);
    // a token through what omni_cli's file describes
    expect(summary.results.find((result) => result.step === 'verify/c0/completion')?.message).toMatch(
      /^".+" in \d+ ms; KV transfer: not provable \(the vLLM 0\.9 in OmniInfer does not count it\)$/,
    );
    const containers = onHost(
      2,
      "docker ps -a --format '{{.Names}} {{.State}}' | sed 's/_[0-9a-f]\\{12\\} / /' | sort",
    );
    expect(containers.split('\n')).toEqual([
      'omniplace_decode_d0 exited',
      'omniplace_decode_d0 running',
      'w_omni_infer_decode_d0 exited',
    ]);
  });

  it("is left standing by clean_up, which takes only the cluster's own", async () => {
    const cleaned = await rig.omniplace('serve', cluster(), '--only', 'clean_up', '--yes');
    expect([cleaned.code, cleaned.stdout]).toEqual([0, expect.stringMatching(/^Done: /)]);
    const left = onHost(
      2,
      "docker ps -a --format '{{.Names}}' | sed 's/_[0-9a-f]\\{12\\}$//' | sort; ls /var/lib/omniplace",
    );
    expect(left.split('\n')).toEqual(['omniplace_decode_d0', 'w_omni_infer_decode_d0']);
  });
});

function key(): string {
  return join(rig.folder, '.ssh', 'id_ed25519');
}

function knownHosts(): string {
  return join(rig.folder, 'known_hosts');
}

/** By the machine's own ssh and the key that was set up: the lab's own does not log in any more. */
function onHost(host: number, command: string): string {
  const options = [
    '-i',
    key(),
    '-o',
    `UserKnownHostsFile=${knownHosts()}`,
    '-o',
    'BatchMode=yes',
    '-o',
    'LogLevel=ERROR',
  ];
  return execFileSync('ssh', [...options, `root@${rig.address(host)}`, command], { encoding: 'utf8' }).trim();
}

/** As the host's owner reads it. */
function fingerprintOf(host: number): string {
  const line = readFileSync(rig.paths.knownHosts, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${rig.address(host)} `))!;
  return execFileSync('ssh-keygen', ['-lf', '-'], { input: line.replace(/^\S+ /, ''), encoding: 'utf8' }).split(
    ' ',
  )[1]!;
}

/** As omni_cli's sample has it, with two hosts. */
function omniCliFile(): string {
  const group = (host: number, masterPort: number, apiPort: number) => `
    group1:
      user: "root"
      hosts: "${rig.address(host)}"
      master_port: "${masterPort}"
      base_api_port: "${apiPort}"
      private_key: "${key()}"
      ascend_rt_visible_devices: "0,1,2,3"`;
  return `deployment:
  prefill:${group(1, 8080, 9000)}
  decode:${group(2, 8080, 9100)}
  proxy:
    user: "root"
    host: "${rig.address(1)}"
    listen_port: "7000"
    private_key: "${key()}"
services:
  log_path: "/data/omniinfer/log"
  model_path: "/data/models/lab-moe"
  code_path: "${rig.paths.code}"
  local_code_path: "${rig.paths.code}"
  docker_image: "omniplace/lab:1"
  prefill:
    max_model_len: "4096"
  decode:
    max_model_len: "4096"
`;
}
