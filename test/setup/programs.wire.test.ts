import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listedPackages } from '../../scripts/listed-programs.mjs';
import { CACHE } from '../../src/lab/labPaths.ts';
import { labObstacle } from '../../src/lab/machine.ts';
import { downloadPackages } from '../../src/lab/packages.ts';
import { unpackTree } from '../../src/lab/tree.ts';
import { unless } from '../fakes/unless.ts';
import { calledBy, calledByShell } from './calledPrograms.ts';

/** What every Debian has, as debootstrap's smallest variant does. */
const BASE =
  `base-files base-passwd bash bsdutils coreutils dash debianutils diffutils findutils grep gzip hostname libc-bin
  login mawk ncurses-base ncurses-bin perl-base sed sysvinit-utils tar util-linux usr-is-merged`.split(/\s+/);
/** Debian's own package system, which the lab leaves out of its trees; what comes with Node.js; and git, which a checkout without does without. */
const GIVEN = ['apt-get', 'dpkg', 'dpkg-deb', 'dpkg-query', 'git', 'node', 'npm', 'npx'];
/** Calls whose program is handed to them, and which programs are. */
const HANDED: Readonly<Record<string, readonly string[]>> = {
  'scripts/build.mjs: execFileSync(command)': [],
  'src/lab/faults/latency.ts: spawn(program!)': ['nsenter'],
  'src/lab/image/layer.ts: spawn(program!)': ['tar'],
  // by `run`, whose own calls are looked at
  'src/lab/shell.ts: spawn(program!)': ['sh'],
  // the user's own
  'src/operations/session/secrets.ts: spawn(program)': [],
  // by `runLocally`, the same
  'src/transport/localProcess.ts: execa(program)': [],
  'src/transport/sync.ts: runLocally(rsyncArgv(from, to))': ['rsync'],
  // in a folder of the test's own
  'test/contract/vllmLab.contract.ts: spawnSync(`${bin}/vllm`)': [],
  'test/lab/processRig.ts: spawn(command)': [],
  'test/lab/image/tarSplit.test.ts: run([program!, ...into])': ['tar'],
  'test/engines/omni/imageEnv.test.ts: execFileSync(argv[0]!)': ['bash'],
  'test/engines/omni/imageEnv.test.ts: spawnSync(shell!)': ['sh', 'bash'],
  'test/engines/omni/installCode.process.test.ts: spawnSync(program)': [],
  'test/engines/omni/installWheels.test.ts: spawnSync(program)': [],
  'test/engines/omni/proxyReload.wire.test.ts: execFileSync(program!)': ['sh', 'bash'],
  'test/plan/pause.wire.test.ts: execFileSync(program!)': ['sh', 'timeout'],
  'test/shell/anyShell.process.test.ts: spawnSync(shell)': ['sh', 'bash', 'tcsh'],
  'test/transport/connect.wire.test.ts: execFileSync(program)': ['ssh-add'],
};

const folder = execFileSync(process.execPath, ['scripts/listed-programs.mjs'], { encoding: 'utf8' }).trim();
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const noList = folder === '' ? 'needs Debian with the packages of scripts/packages.txt' : null;

describe('every program that tests, lab and demo call', unless(labObstacle()?.message ?? null), () => {
  const root = `${CACHE}/programs.${process.pid}`;
  const calls = calledFiles().map(calledBy);
  const scripts = ['scripts/setup.sh', 'scripts/test', 'scripts/demo'].map((path) => readFileSync(path, 'utf8'));
  const called = [
    ...new Set([
      ...calls.flatMap(({ programs }) => programs),
      ...Object.values(HANDED).flat(),
      ...calledByShell(scripts.join('\n')),
    ]),
  ].sort();

  beforeAll(async () => {
    mkdirSync(CACHE, { recursive: true });
    await unpackTree(await downloadPackages([...BASE, ...listedPackages()], () => {}), root);
  }, 240_000);
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('is in a root of nothing but Debian and the packages of scripts/packages.txt', () => {
    // such as these, or the search found nothing
    expect(called).toEqual(expect.arrayContaining(['/usr/sbin/sshd', 'ip', 'ping', 'ps', 'sh', 'ssh-keygen']));
    expect(called.filter((program) => !GIVEN.includes(program) && !isIn(root, program))).toEqual([]);
  });

  it('is known before it is called', () => {
    expect(calls.flatMap(({ unknown }) => unknown).sort()).toEqual(Object.keys(HANDED).sort());
  });

  it('is not in that root by chance: a program of no such package is missed', () => {
    expect(['ansible-playbook', '/usr/bin/git', 'strace'].filter((program) => isIn(root, program))).toEqual([]);
  });
});

it('a run by scripts/test finds these programs and no other', unless(noList), () => {
  const names = readdirSync(folder);
  expect(names).toEqual(expect.arrayContaining(['awk', 'node', 'npm', 'ping', 'sh', 'sshd', 'which']));
  expect(names.filter((name) => ['ansible-playbook', 'docker', 'gcc', 'git', 'strace', 'vi'].includes(name))).toEqual(
    [],
  );
});

function calledFiles(): readonly string[] {
  const under = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
  return [...under('src'), ...under('test'), ...under('scripts')]
    .filter((path) => /\.(ts|mjs)$/.test(path) && !path.includes('/golden/'))
    .sort();
}

function isIn(root: string, program: string): boolean {
  if (program.startsWith('/')) return existsSync(`${root}${program}`);
  try {
    const path = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';
    execFileSync('chroot', [root, '/bin/sh', '-c', `${path} command -v "$1" >/dev/null`, 'sh', program]);
    return true;
  } catch {
    return false;
  }
}
