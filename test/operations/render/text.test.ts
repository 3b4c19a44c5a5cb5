import { expect, it } from 'vitest';
import { renderedText } from '../../../src/operations/render/text.ts';

const file = (host: string, name: string, ...unknown: string[]) => ({
  file: `${host}/data/${name}`,
  host,
  path: `/data/${name}`,
  node: 'p0',
  mode: '0644',
  sha256: '',
  sizeBytes: 1,
  unknown,
});
const ofHost = (node: string, fact: string, host: string) => ({
  node,
  part: 'ranktable' as const,
  why: `${fact} of ${host} is not known`,
  fact,
  host,
});

it('counts what is whole', () => {
  expect(
    renderedText({ files: [file('10.0.0.1', 'a'), file('10.0.0.2', 'a')], missing: [], dialect: null }, 'out'),
  ).toBe('2 files for 2 hosts are in out.');
});

it('says once of all nodes and hosts what is missing, and who knows it', () => {
  const files = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((host) => file(host, 'run.sh', 'interfaceName'));
  const missing = ['p0', 'd0'].flatMap((node) =>
    ['10.0.0.1', '10.0.0.2'].map((host) => ofHost(node, 'deviceIps', host)),
  );
  expect(renderedText({ files, missing, dialect: null }, 'out').split('\n')).toEqual([
    '3 files for 3 hosts are in out.',
    'not whole: 10.0.0.1/data/run.sh and 2 more (interfaceName not known)',
    'left out of p0, d0: ranktable: deviceIps of 10.0.0.1, 10.0.0.2 are not known',
    'hosts know what is missing: omniplace facts DEPLOYMENT --json > FILE, then --facts FILE',
  ]);
});

it('names what is missing here', () => {
  const why = 'file /nowhere/a.whl does not exist on this machine';
  const missing = [{ node: 'p0', part: 'server' as const, why, fact: 'file /nowhere/a.whl', host: null }];
  expect(renderedText({ files: [file('10.0.0.1', 'a')], missing, dialect: null }, 'out').split('\n')).toEqual([
    '1 file for 1 host is in out.',
    `left out of p0: server: ${why}`,
  ]);
});

it('names what start scripts are written for, and whether it was read', () => {
  const files = [file('10.0.0.1', 'a')];
  const line = (from: string | null) =>
    renderedText({ files, missing: [], dialect: { name: 'Engine 1', from, accepts: null } }, 'out').split('\n')[1];
  expect(line(null)).toBe(
    'start scripts are written for Engine 1, which is assumed: neither an image nor code was read',
  );
  expect(line('sha256:ab')).toBe('start scripts are written for Engine 1, read from sha256:ab');
});
