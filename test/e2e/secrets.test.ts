import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, type Ran } from '../fakes/lab.ts';
import { type FakeSshd, sshdMissing, startSshd } from '../fakes/sshd.ts';
import { unless } from '../fakes/unless.ts';

// unlike any word of another test, or of another run of this one
const CANARY = `canary${process.pid}x${Date.now() % 100_000}`;
const missing = sshdMissing() ?? (existsSync('dist/commands/serve.js') ? null : 'the build is missing (npm run build)');

/** The product as its users have it, against a real SSH server on this machine: `ps` here shows both sides. */
describe('a secret', unless(missing), () => {
  let sshd: FakeSshd;
  let folder: string;
  /** Every place where a secret was seen that may not hold one. */
  let seen: string[];

  beforeAll(async () => {
    sshd = await startSshd({ LogLevel: 'DEBUG3' });
    folder = mkdtempSync(join(tmpdir(), 'omniplace-secrets-'));
    execFileSync('ssh-keygen', ['-q', '-p', '-P', sshd.passphrase, '-N', `${CANARY}-passphrase`, '-f', sshd.lockedKey]);
  });
  afterAll(() => {
    sshd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('would be seen in the environment of any process', async () => {
    const child = spawn('sleep', ['5'], { env: { SECRET: `${CANARY}-control` }, stdio: 'ignore' });
    await expect.poll(() => processesWithCanary(0)).toEqual([`/proc/${child.pid}/environ: SECRET=${CANARY}-control `]);
    child.kill();
  });

  it.each([
    ['of a command', 'passphrase: {command: [sh, -c, "sleep 0.2; cat FOLDER/pass"]}', '--verbose', 3],
    ['of a file', 'passphrase: {file: pass}, password: CANARY-password', '--json', 3],
    ['of the environment', 'passphrase: {env: CANARY}', '--verbose', 3],
    ['written in the file', 'passphrase: CANARY-passphrase', '--json', 3],
    ['that is wrong', 'passphrase: CANARY-wrong', '--verbose', 4],
  ])(
    '%s is seen by nobody: no output, no journal, no argument, no environment, on either side',
    async (_, login, how, code) => {
      await watched(['serve', deployment(login), '--yes', how], code);
      expect(seen).toEqual([]);
    },
  );

  it('that no host takes is seen by nobody', async () => {
    const file = deployment('password: CANARY-password', false);
    const ran = await watched(['serve', file, '--yes', '-v', '--json'], 4);
    expect(ran.stdout).toContain('the host accepts none of what was tried: password');
    await watched(['facts', file], 4);
    expect(seen).toEqual([]);
  });

  it('in the wrong place or form is seen by nobody', async () => {
    const forms = [
      'password: [CANARY-list]',
      'pasword: CANARY-typo',
      'password: {enviroment: CANARY-source}',
      'password: {env: [CANARY-list]}',
      'passphrase: "CANARY-open',
    ];
    const files = forms.map((login, i) => deployment(login, true, `${i}.yml`));
    await watched(['validate', ...files], 2);
    await watched(['validate', '--json', ...files], 2);
    await watched(['serve', files[0]!, '--yes'], 2);
    expect(seen).toEqual([]);
  });

  it('given by -e stays with who typed it', async () => {
    const file = deployment('agent: false');
    const override = `deployment.defaults.passphrase=${CANARY}-passphrase`;
    await watched(['serve', file, '--yes', '-v', '-e', override], 3);
    await watched(['serve', file, '--check', '--json', '-e', override], 3);
    expect(seen).toEqual([]);
    const runs = join(folder, 'state/omniplace/secrets/runs');
    expect(readdirSync(runs).length).toBeGreaterThan(5);
    for (const run of readdirSync(runs)) expect(statSync(join(runs, run)).mode & 0o777).toBe(0o600);
  });

  it('written in the file raises a warning that names the better way', async () => {
    const ran = await watched(['validate', deployment('password: CANARY-password')], 0);
    expect(`${ran.stdout}${ran.stderr}`).toMatch(
      /warning plain_password: `password` stands in the file as plain text\.[\s\S]*`password: \{env: NAME\}`, `\{file: path\}` or `\{command: \[program, argument\]\}`/,
    );
    expect(seen).toEqual([]);
  });

  function deployment(login: string, withKey = true, name = 'secrets.yml'): string {
    const file = join(folder, name);
    const written = login.replaceAll('CANARY-', `${CANARY}-`).replace('FOLDER', folder);
    writeFileSync(join(folder, 'pass'), `${CANARY}-passphrase\n`, { mode: 0o600 });
    const key = withKey ? `private_key: ${sshd.lockedKey}, ` : '';
    writeFileSync(
      file,
      `deployment:
  defaults: {user: ${execFileSync('id', ['-un']).toString().trim()}, ${key}${written}}
  prefill:
    group1: {hosts: 127.0.0.1, master_port: 18000, base_api_port: 19000, ascend_rt_visible_devices: "0"}
  decode:
    group1: {hosts: 127.0.0.1, master_port: 18100, base_api_port: 19100, ascend_rt_visible_devices: "1"}
  proxy: {host: 127.0.0.1, listen_port: 17000}
services:
  name: secrets
  docker_image: none/none:1
  model_path: ${folder}/model
  log_path: ${folder}/log
  state_path: ${folder}/hosts
  accelerator: none
  ssh: {port: ${sshd.port}, known_hosts: ${sshd.knownHosts}}
`,
      { mode: 0o600 },
    );
    return file;
  }

  /** Runs the product, looks at all processes of the machine meanwhile, and at all it left behind afterwards. */
  async function watched(args: string[], code: number): Promise<Ran> {
    seen = [];
    const child = spawn(process.execPath, ['bin/run.js', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, XDG_STATE_HOME: join(folder, 'state'), CANARY: `${CANARY}-passphrase`, NO_COLOR: '1' },
    });
    let isOver = false;
    const ended = finished(child).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      seen.push(...processesWithCanary(child.pid ?? 0));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const ran = await ended;
    for (const [where, text] of [
      ['stdout', ran.stdout],
      ['stderr', ran.stderr],
      ["the SSH server's log", sshd.log()],
    ] as const)
      if (text.includes(CANARY))
        seen.push(`${where}: ${text.slice(Math.max(0, text.indexOf(CANARY) - 80)).slice(0, 160)}`);
    for (const path of filesBelow(folder))
      if (!/\/([^/]+\.yml|pass)$/.test(path) && readFileSync(path, 'latin1').includes(CANARY)) seen.push(path);
    expect([args.join(' '), ran.code, ran.stderr]).toEqual([args.join(' '), code, ran.stderr]);
    return ran;
  }
});

/** Arguments and environments of all processes but the one that was given the secret by its user. */
function processesWithCanary(given: number): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid || Number(pid) === given) return [];
    return ['cmdline', 'environ'].flatMap((what) => {
      try {
        const text = readFileSync(`/proc/${pid}/${what}`, 'latin1');
        // what the user's own shell has, a program that the user named has too
        const own = what === 'environ' && isChildOf(pid, given);
        return text.includes(CANARY) && !own
          ? [`/proc/${pid}/${what}: ${text.replaceAll('\0', ' ').slice(0, 200)}`]
          : [];
      } catch {
        return [];
      }
    });
  });
}

function isChildOf(pid: string, parent: number): boolean {
  for (let at = pid; at !== '0' && at !== '1'; ) {
    const above = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${at}/status`, 'latin1'))?.[1] ?? '0';
    if (Number(above) === parent) return true;
    at = above;
  }
  return false;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
