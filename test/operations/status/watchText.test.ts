import { describe, expect, it } from 'vitest';
import { narrowed } from '../../../src/operations/status/narrowed.ts';
import type { ClusterStatus } from '../../../src/operations/status/status.ts';
import { type WatchedStatus, watchText } from '../../../src/operations/status/statusWatch.ts';
import { transitionsBetween } from '../../../src/operations/status/transitions.ts';
import type { ClusterState, NodeStatus, State } from '../../../src/operations/status/types.ts';

const TOKEN = { text: 'a', tookMs: 1 };
const AT = new Date(2026, 10, 22, 22, 58, 23);

function statusOf(state: ClusterState, nodes: Readonly<Record<string, State>>): ClusterStatus {
  const rows = Object.entries(nodes).map(([node, of], i) => {
    const shown = { upS: null, restarts: 0, image: null, code: null, pattern: null, dump: null, swaps: 0 };
    const base = { node, role: 'decode', host: `10.0.0.${i + 1}`, state: of, reason: `is ${of}`, servers: [] };
    return { ...base, ...shown, restartPending: null, drift: [] } as unknown as NodeStatus;
  });
  const hosts = rows.map(({ host, node }) => ({ host, nodes: [node], state: 'up', reason: '' }) as const);
  const next = rows.map(({ node }) => ({ of: node, problem: 'p', command: 'c', note: '' }));
  const warnings = rows.map(({ host }) => ({ about: 'disk', of: [host], text: `${host} is full` }) as const);
  const [loads, token] = [{ overS: null, instances: [] }, TOKEN];
  return {
    cluster: 'r1',
    state,
    reason: 'why',
    nodes: rows,
    loads,
    token,
    kvTransfer: null,
    hosts,
    next,
    warnings,
  } as unknown as ClusterStatus;
}

const GOOD = statusOf('serving', { d0: 'serving', d1: 'serving' });
const BAD = statusOf('degraded', { d0: 'serving', d1: 'dead' });

function shown(parts: Partial<WatchedStatus>): string[] {
  const bare = { ...GOOD, next: [], warnings: [] };
  const look = { status: bare, tokenAgeMs: 0 };
  return watchText({ look, ageMs: 0, intervalMs: 2_000, transitions: [], now: AT, ...parts }, false).split('\n');
}

describe('a status that is watched', () => {
  it('shows how long the first answer takes', () => {
    expect(shown({ look: null, ageMs: 7_400 })).toEqual(['22:58:23  waiting for the first answer: 7 s']);
  });

  it('shows no age while answers are as new as the interval', () => {
    expect(shown({ ageMs: 2_900 }).at(-1)).toMatch(/^ {2}\+ d1/);
  });

  it('shows the ages of answers that are older than the interval', () => {
    const { look } = { look: { status: { ...GOOD, next: [], warnings: [] }, tokenAgeMs: 12_000 } };
    expect(shown({ look }).at(-1)).toBe('  the answer about tokens is 12 s old');
    expect(shown({ look, ageMs: 4_000 }).at(-1)).toBe('  facts are 4 s old; the answer about tokens is 16 s old');
  });

  it('lists changes of states with their times below', () => {
    const transitions = transitionsBetween(GOOD, BAD, AT);
    expect(shown({ transitions }).slice(-3)).toEqual([
      'changes:',
      '  22:58:23  r1 serving -> degraded: why',
      '  22:58:23  d1 serving -> dead: is dead',
    ]);
    expect(transitionsBetween(BAD, BAD, AT)).toEqual([]);
  });
});

describe('a status of some nodes', () => {
  it('has their rows, hosts, warnings and advice, and the state of the cluster', () => {
    const { state, nodes, hosts, warnings, next } = narrowed(BAD, ['d0']);
    expect([state, nodes.map(({ node }) => node), hosts.map(({ host }) => host)]).toEqual([
      'degraded',
      ['d0'],
      ['10.0.0.1'],
    ]);
    expect([warnings.map(({ text }) => text), next.map(({ of }) => of)]).toEqual([['10.0.0.1 is full'], ['d0']]);
    expect(narrowed(BAD, [])).toBe(BAD);
  });
});
