import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BAD_HOSTS, type BadHost, BadHosts } from '../fakes/badHosts.ts';
import { FakeCluster, NO_FAKE_CLUSTER } from '../fakes/fakeCluster.ts';
import { LONG } from '../fakes/seed.ts';
import { unless } from '../fakes/unless.ts';

// two hosts: the first serves, the second has something wrong
const cluster = new FakeCluster(2);
const bad = new BadHosts(cluster);
const host = cluster.address(2);

interface Swept {
  readonly args: (file: string) => string[];
  /** The exit code where the host can't be used at all. */
  readonly lost: number;
  /** What differs from it. */
  readonly but: Partial<Record<BadHost, number>>;
}

const FINE = { 'full disk': 0, 'docker down': 0 } as const;

/** Every command that goes to hosts, in an order in which none takes from the next what it needs. */
const COMMANDS: Readonly<Record<string, Swept>> = {
  status: { args: (file) => ['status', file], lost: 6, but: FINE },
  logs: { args: (file) => ['logs', file], lost: 4, but: FINE },
  // the exit code is that of whatever ran
  exec: {
    args: (file) => ['exec', host, file, '--', 'true'],
    lost: 4,
    but: { garbage: 0, 'full disk': 0, 'docker down': 3 },
  },
  'exec *': {
    args: (file) => ['exec', '*', file, '--', 'true'],
    lost: 4,
    but: { garbage: 0, 'full disk': 0, 'docker down': 3 },
  },
  facts: { args: (file) => ['facts', file], lost: 0, but: {} },
  doctor: { args: (file) => ['doctor', file], lost: 3, but: {} },
  history: { args: (file) => ['history', file], lost: 0, but: {} },
  'fetch-logs': { args: (file) => ['fetch-logs', file, '--out', `${file}.out`], lost: 4, but: { garbage: 3, ...FINE } },
  'lock status': { args: (file) => ['lock', 'status', file], lost: 0, but: {} },
  'lock release': {
    args: (file) => ['lock', 'release', 'no-such-run', file, '--yes'],
    lost: 4,
    but: { 'full disk': 2, 'docker down': 2 },
  },
  'keys check': {
    args: (file) => ['keys', 'check', file],
    lost: 4,
    but: { auth: 3, 'host key': 3, garbage: 0, ...FINE },
  },
  'keys setup': {
    args: (file) => ['keys', 'setup', file, '--yes'],
    lost: 4,
    but: { auth: 2, 'host key': 0, garbage: 0, ...FINE },
  },
  'serve --check': { args: (file) => ['serve', file, '--check'], lost: 4, but: { 'full disk': 3, 'docker down': 3 } },
  serve: { args: (file) => ['serve', file, '--yes'], lost: 4, but: { 'full disk': 3, 'docker down': 3 } },
  // there is no generation before the first
  rollback: {
    args: (file) => ['rollback', file, '--yes'],
    lost: 4,
    but: { 'full disk': 2, 'docker down': 2 },
  },
  restart: {
    args: (file) => ['restart', host, file, '--yes', '--last'],
    lost: 4,
    but: { 'full disk': 3, 'docker down': 2 },
  },
  stop: { args: (file) => ['stop', file, '--yes', '--last'], lost: 4, but: { 'full disk': 0, 'docker down': 3 } },
};

/** Commands that print nothing about the host although it is bad: they need it for nothing, or it does all they need. */
const SILENT: Readonly<Record<string, readonly BadHost[] | 'all'>> = {
  history: 'all',
  exec: ['garbage', 'full disk'],
  'exec *': ['garbage', 'full disk'],
  status: ['full disk', 'docker down'],
  logs: ['full disk', 'docker down'],
  facts: ['full disk'],
  'fetch-logs': ['full disk', 'docker down'],
  'lock status': ['full disk', 'docker down'],
  'lock release': ['full disk', 'docker down'],
  'keys check': ['garbage', 'full disk', 'docker down'],
  'keys setup': ['host key', 'garbage', 'full disk', 'docker down'],
  rollback: ['full disk', 'docker down'],
  stop: ['full disk'],
};

const ALL = Object.keys(COMMANDS).flatMap((command) =>
  (Object.keys(BAD_HOSTS) as BadHost[]).map((condition): [string, BadHost] => [command, condition]),
);

/** In every run: each command and each condition at least once. */
const SOME: readonly [string, BadHost][] = [
  ['status', 'off'],
  ['logs', 'garbage'],
  ['exec', 'off'],
  ['exec', 'docker down'],
  ['exec *', 'git-shell'],
  ['facts', 'nologin'],
  ['doctor', 'auth'],
  ['doctor', 'docker down'],
  ['history', 'refused'],
  ['fetch-logs', 'forced command'],
  ['lock status', 'frozen'],
  ['lock release', 'refused'],
  ['keys check', 'host key'],
  ['keys setup', 'auth'],
  ['serve --check', 'banner only'],
  ['serve', 'full disk'],
  ['rollback', 'auth'],
  ['restart', 'forced command'],
  ['stop', 'docker down'],
];

/** Commands that change hosts: two at a time would find each other's lock. And status, which gives a host 2.5 s to answer. */
const ALONE = new Set(['status', 'serve', 'restart', 'rollback', 'stop', 'lock release']);
const pairs = LONG ? ALL : SOME;
const LIMIT_MS = 60_000;

describe('a command against a host that can not be used', unless(NO_FAKE_CLUSTER), () => {
  beforeAll(async () => {
    await cluster.up();
    const served = await cluster.omniplace('serve', cluster.deployment(), '--yes');
    expect([served.code, served.stderr]).toEqual([0, expect.any(String)]);
    await bad.up();
  });
  afterAll(() => {
    bad.down();
    cluster.down();
  });

  async function ends(command: string, condition: BadHost): Promise<void> {
    const { args, lost, but } = COMMANDS[command]!;
    const { code, stdout, stderr } = await cluster.omniplace(...args(bad.deployment(condition)));
    const text = `${stdout}${stderr}`;
    const silent = SILENT[command] ?? [];
    const words = silent === 'all' || silent.includes(condition) ? /(?:)/ : BAD_HOSTS[condition];
    const about = `${command} against ${condition}, which ended with ${code}:\n${text}`;
    expect(code, about).toBe(but[condition] ?? lost);
    expect(text, about).toMatch(words);
    expect(text, about).not.toMatch(/bug in omniplace|^\s+at \S+ \(|node:internal/m);
  }

  const title = 'ends with its exit code and words: %s, %s';
  describe.concurrent('at once', () => {
    it.each(pairs.filter(([command]) => !ALONE.has(command)))(title, ends, LIMIT_MS * 3);
  });
  describe('one at a time', () => {
    it.each(pairs.filter(([command]) => ALONE.has(command)))(title, ends, LIMIT_MS * 3);
  });

  it('is tried in every run with each command and each condition', () => {
    expect(new Set(SOME.map(([command]) => command))).toEqual(new Set(Object.keys(COMMANDS)));
    expect(new Set(SOME.map(([, condition]) => condition))).toEqual(new Set(Object.keys(BAD_HOSTS)));
  });
});
