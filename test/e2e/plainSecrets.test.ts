import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeCluster, NO_FAKE_CLUSTER } from '../fakes/fakeCluster.ts';
import { finished, type Ran } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';

// unlike any word of another test, or of another run of this one
const CANARY = `canary${process.pid}y${Date.now() % 100_000}`;
const cluster = new FakeCluster(1);
let file = '';

/** What a deployment file may hold in plain text: it goes into servers and containers, and nowhere else. */
describe('a secret of the engine or of the HTTP proxy', unless(NO_FAKE_CLUSTER), () => {
  beforeAll(async () => {
    await cluster.up();
    file = deployment(['--seed', '1']);
  });
  afterAll(() => cluster.down());

  it('would be seen in the arguments and the environment of any process', async () => {
    const child = spawn('tail', ['-f', '/dev/null', `--pid=${process.pid}`, `/${CANARY}1`], {
      env: { SECRET: `${CANARY}2` },
      stdio: 'ignore',
    });
    const argv = `tail -f /dev/null --pid=${process.pid} /${CANARY}1 `;
    const both = [`argument: ${argv}`, `environment of ${argv}`];
    await expect.poll(processesWithCanary, { timeout: 10_000 }).toEqual(both);
    child.kill();
  });

  it('is seen in no argument, in no environment but the server’s, in no output and no journal', async () => {
    const seen = [
      await watched(0, 'serve', file, '--yes', '--verbose'),
      await watched(0, 'serve', deployment(['--seed', '2']), '--check', '--diff', '--json'),
      await watched(0, 'serve', file, '--yes', '--diff'),
      await watched(0, 'rollback', file, '--yes', '--verbose'),
      await watched(7, 'serve', deployment(['--crash']), '--yes', '--json'),
      await watched(0, 'restart', 'm0', deployment(['--seed', '1']), '--check', '--json'),
      await watched(0, 'status', file, '--json'),
    ];
    expect(seen.flat()).toEqual([]);
  });

  it('is on the hosts in files that their owner alone can read', () => {
    const holding = filesBelow(join(cluster.root, 'hosts')).filter((path) =>
      readFileSync(path, 'latin1').includes(CANARY),
    );
    expect(holding.length).toBeGreaterThan(2);
    expect(holding.filter((path) => (statSync(path).mode & 0o077) !== 0)).toEqual([]);
  });

  it('reached the server and the container all the same', async () => {
    const script = cluster.text(1, 'm0/run_mixed.sh') ?? '';
    expect(script).toContain(`HF_TOKEN=${CANARY}-token`);
    const check = await cluster.omniplace('render', file, '--out', join(cluster.root, 'rendered'));
    expect([check.code, readFileSync(join(cluster.root, 'rendered/manifest.json'), 'utf8')]).toEqual([
      0,
      expect.stringContaining('--env-file /dev/stdin'),
    ]);
  });

  function deployment(args: string[]): string {
    const path = cluster.deployment(args);
    const text = readFileSync(path, 'utf8');
    const secrets = [
      `  http_proxy: http://ann:${CANARY}-proxy@127.0.0.1:9`,
      `  mixed: {env: {HF_TOKEN: ${CANARY}-token}, `,
    ];
    writeFileSync(path, text.replace('  mixed: {', secrets.join('\n')), { mode: 0o600 });
    return path;
  }
});

/** Every place where a secret was seen that may not hold one, while a command ran and after it. */
async function watched(code: number, ...args: string[]): Promise<string[]> {
  const seen = new Set<string>();
  const child = cluster.start(...args);
  let ran: Ran | null = null;
  const ended = finished(child).then((result) => {
    ran = result;
  });
  while (ran === null) {
    for (const place of processesWithCanary()) seen.add(`${args[0]}: ${place}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  await ended;
  const { stdout, stderr, ...rest } = ran as Ran;
  expect([args[0], rest.code, stderr.slice(-2000)]).toEqual([args[0], code, stderr.slice(-2000)]);
  for (const [where, text] of Object.entries({ stdout, stderr })) {
    const at = text.indexOf(CANARY);
    if (at >= 0) seen.add(`${args.join(' ')}: ${where}: ${text.slice(Math.max(0, at - 80), at + 80)}`);
  }
  for (const path of filesBelow(join(cluster.root, 'home')))
    if (readFileSync(path, 'latin1').includes(CANARY)) seen.add(path);
  return [...seen];
}

/** Arguments of all processes, and environments of those that are no server's. */
function processesWithCanary(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      const isServer = environment.includes('FAKE_CONTAINER=');
      return [
        ...(argv.includes(CANARY) ? [`argument: ${argv.replaceAll('\0', ' ').slice(0, 300)}`] : []),
        ...(environment.includes(CANARY) && !isServer ? [`environment of ${argv.replaceAll('\0', ' ')}`] : []),
      ];
    } catch {
      return [];
    }
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
