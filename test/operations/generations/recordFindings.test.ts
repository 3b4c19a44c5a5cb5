import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/facts/facts.ts';
import { buildClusterView } from '../../../src/operations/cluster/clusterView.ts';
import { keyDifference, keyDifferenceText } from '../../../src/operations/generations/keyDifference.ts';
import { recordFindings } from '../../../src/operations/generations/recordFindings.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { freshFacts } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';

const source = (maxModelLen: number) => ({
  document: { services: { docker_image: 'omni:1', decode: { max_model_len: maxModelLen } } },
  overrides: [],
  digest: 'd',
});
const DEPLOYMENT = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1'] }],
  decode: [{ hosts: ['10.0.0.2', '10.0.0.3'] }],
  source: source(2048),
});
const DESIRED = '/var/lib/omniplace/r1/desired';
const record = (seq: number, run: string, more: object = {}) =>
  JSON.stringify({ seq, generation: `g-${run}`, run, by: 'ann@build1', at: '2026-11-21T12:00:00.000Z', ...more });

/** A record for each host; null: it has none. */
function factsWith(...records: (string | null)[]): Facts {
  const { topology } = buildClusterView(DEPLOYMENT, NO_INPUTS, {});
  return Object.fromEntries(
    Object.entries(freshFacts(topology, DEPLOYMENT.image)).map(([address, host], at) => {
      if (!host.reachable) throw new Error('unreachable');
      const text = records[at];
      return [address, { ...host, texts: { ...host.texts, ...(text == null ? {} : { [DESIRED]: text }) } }];
    }),
  );
}

const findings = (...records: (string | null)[]) =>
  recordFindings(DEPLOYMENT, factsWith(...records), new Date('2026-11-21T13:00:00Z'));

describe('the records of what should run', () => {
  it('have nothing odd when all hosts have the same one, or none', () => {
    expect(findings(record(3, 'r-3'), record(3, 'r-3'), record(3, 'r-3'))).toEqual([]);
    expect(findings(null, null, null)).toEqual([]);
  });

  it('name a host that came back with an older one', () => {
    expect(findings(record(3, 'r-3', { command: 'rollback' }), record(3, 'r-3'), record(2, 'r-2'))).toEqual([
      '10.0.0.3 (run r-2) missed what ann@build1 rolled back to at 2026-11-21 12:00:00 UTC (run r-3): the newest record counts',
    ]);
  });

  it('name hosts that disagree about what was served last', () => {
    const bob = record(3, 'r-b', { by: 'bob@build2' });
    expect(findings(record(3, 'r-a'), bob, bob)).toEqual([
      'hosts disagree about what was served last: run r-a of ann@build1 on 10.0.0.1; run r-b of bob@build2 on 10.0.0.2, 10.0.0.3. The one of most hosts counts: run r-b',
    ]);
  });

  it('show that a clock is wrong when one is dated later than now', () => {
    expect(findings(record(1, 'r-1', { at: '2027-01-01T00:00:00.000Z' }), null, null)).toEqual([
      'run r-1 of ann@build1 is dated 2027-01-01 00:00:00 UTC, which is later than now: a clock is wrong or was set back. Records are ordered by number, not by time',
    ]);
  });

  it('may be unreadable on a host, which is named', () => {
    expect(findings('{garbage', null, null)).toEqual([
      "the record of what should run can't be read on 10.0.0.1; the next serve or rollback writes it again",
    ]);
  });
});

describe('what a deployment would change', () => {
  const view = (...records: (string | null)[]) => buildClusterView(DEPLOYMENT, NO_INPUTS, factsWith(...records));

  it('is shown key by key, against what was served and by whom', () => {
    const served = record(3, 'r-3', { document: source(4096).document });
    expect(keyDifferenceText(keyDifference(view(served, served, served)))).toBe(
      'changes against what ann@build1 served at 2026-11-21 12:00:00 UTC (run r-3):\n  decode.max_model_len 4096 -> 2048\n',
    );
  });

  it('is nothing where no key differs, or nothing is recorded', () => {
    const same = record(3, 'r-3', { document: source(2048).document });
    expect(keyDifferenceText(keyDifference(view(same, same, same)))).toBe('');
    expect(keyDifference(view(null, null, null))).toBeNull();
    expect(keyDifference(view(record(1, 'r-1'), null, null))).toBeNull();
  });

  it('names a local file with other contents', () => {
    const served = record(3, 'r-3', { document: source(2048).document, inputs: { 'p.npy': 'a'.repeat(64) } });
    const inputs = {
      ...NO_INPUTS,
      files: { [`${DEPLOYMENT.directory}/p.npy`]: { sha256: 'b'.repeat(64), sizeBytes: 1 } },
    };
    const changed = keyDifference(buildClusterView(DEPLOYMENT, inputs, factsWith(served, served, served)));
    expect(changed?.keys).toEqual(['contents of p.npy aaaaaaaaaaaa -> bbbbbbbbbbbb']);
  });
});
