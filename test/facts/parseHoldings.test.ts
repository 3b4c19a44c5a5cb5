import { expect, test } from 'vitest';
import { parseHoldings } from '../../src/facts/parseHoldings.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

test('ports and dies belong to the container whose control group the process is in', () => {
  const cgroups = [`/proc/7/cgroup:${A}`, `/proc/8/cgroup:${A}`, `/proc/9/cgroup:${B}`, ''].join('\n');
  const markers = [
    '/proc/7/environ:TOY_DIES=2, 3',
    '/proc/8/environ:TOY_DIES=3,10',
    '/proc/9/environ:TOY_DIES=all',
    '/proc/9/environ:OMNIPLACE_NODE=r1/p0',
    '/proc/10/environ:TOY_DIES=5',
  ].join('\n');
  const listening = [
    { port: 9100, pid: 8 },
    { port: 80, pid: 9 },
    { port: 22, pid: 1 },
    { port: 23, pid: null },
  ];
  expect(parseHoldings(cgroups, markers, listening, 'TOY_DIES')).toEqual({
    [A]: { ports: [9100], dies: [2, 3, 10] },
    [B]: { ports: [80], dies: [] },
  });
});

test('nothing is held where nothing was said', () => {
  expect(parseHoldings('', '', [{ port: 22, pid: 1 }], 'TOY_DIES')).toEqual({});
});
