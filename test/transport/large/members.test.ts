import { expect, test } from 'vitest';
import { Member, Members } from '../../../src/transport/large/members.ts';
import type { Relay } from '../../../src/transport/large/relay.ts';

const MIB = 1024 * 1024;
const alive = { alive: true, stop: () => {}, giveUp: () => {} } as unknown as Relay;

function joined(count: number): { readonly members: Members; readonly list: Member[] } {
  const members = new Members();
  const list = Array.from({ length: count }, (_, i) => new Member(`h${i}`, alive, 0));
  for (const member of list) {
    members.add(member);
    member.setSource(members.sourceFor(member));
  }
  return { members, list };
}

const sources = (list: readonly Member[]) =>
  list.map(({ source }) => (source instanceof Member ? source.address : source));

test('three copies leave this machine, and the others stand in chains of equal length', () => {
  const { list } = joined(10);
  expect(sources(list)).toEqual(['here', 'here', 'here', 'h0', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
  expect(list.map(({ depth }) => depth)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3]);
});

test('who lost a host that was sent its copy from here takes its place', () => {
  const { members, list } = joined(7);
  members.drop(list[0]!);
  expect(members.sourceFor(list[3]!)).toBe('here');
});

test('who lost another gets from whoever gives to nobody, but not from one below itself', () => {
  const { members, list } = joined(10);
  const [h0, , , h3, , , h6, h7, , h9] = list as [Member, ...Member[]];
  members.drop(h3!);
  h6!.setSource(null);
  expect(h9!.isBelow(h6!)).toBe(true);
  // its source had but one
  expect(members.sourceFor(h6!)).toBe(h0);
  h6!.left.add(h0);
  expect(members.sourceFor(h6!)).toBe(h7);
});

test('nobody gets from a host without a helper, from one that was left, or from one below itself', () => {
  const { members, list } = joined(4);
  const [h0, h1, h2, h3] = list as [Member, Member, Member, Member];
  h3.setSource(null);
  h0.relay = null;
  h1.isShunned = true;
  h3.left.add(h2);
  expect(members.sourceFor(h3)).toBe('here');
});

test('a whole copy is a source also when it came from another host', () => {
  const { members, list } = joined(4);
  const [h0, h1, h2, h3] = list as [Member, Member, Member, Member];
  for (const head of [h0, h1, h2]) head.isShunned = true;
  h3.setSource(null);
  const late = new Member('late', alive, 0);
  members.add(late);
  expect(members.sourceFor(late)).toBe('here');
  h3.isWhole = true;
  expect(members.sourceFor(late)).toBe(h3);
});

test('a source lags when it is much slower than the fastest, and not for want of bytes', () => {
  const { members, list } = joined(7);
  const [fast, slow, , , below] = list as [Member, Member, Member, Member, Member];
  for (let second = 0; second < 12; second += 1) {
    fast.atBytes += 20 * MIB;
    slow.atBytes += 2 * MIB;
    below.atBytes = slow.atBytes;
    members.look(second * 1000 + 1000);
    // others call it too
    members.look(second * 1000 + 1300);
  }
  expect(below.waits).toBe(true);
  expect([members.isLagging(fast), members.isLagging(slow), members.isLagging(below)]).toEqual([false, true, false]);
});
