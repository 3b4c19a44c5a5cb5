import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../../src/engines/artifact.ts';
import type { Dialect } from '../../../../src/engines/omni/dialect/dialect.ts';
import { HostDialects } from '../../../../src/engines/omni/dialect/hostDialects.ts';
import { NEWEST_KNOWN } from '../../../../src/engines/omni/dialect/knownDialects.ts';
import type { Facts } from '../../../../src/facts/facts.ts';
import { buildClusterView } from '../../../../src/operations/cluster/clusterView.ts';
import { fakeDeployment } from '../../../fakes/deployment.ts';
import { freshHost, readDialect } from '../../../fakes/facts.ts';
import { NO_INPUTS } from '../../../fakes/inputs.ts';

const IMAGE = 'repo/omniinfer:1';
const recorded = (name: string): Dialect =>
  JSON.parse(readFileSync(new URL(`../../../golden/omni/${name}.json`, import.meta.url), 'utf8')).dialect;

/** A host each, with what its image shows; null: nothing. */
function factsOf(...dialects: readonly (Dialect | null)[]): Facts {
  const hosts = dialects.map((dialect, i) => {
    const { dialect: _, ...host } = freshHost(`10.0.0.${i + 1}`, IMAGE);
    return [host.address, dialect === null ? host : { ...host, dialect: readDialect(dialect) }] as const;
  });
  return Object.fromEntries(hosts);
}

const on = (address: string, facts: Facts, generation: 'v0.3' | 'v0.6' | null = null, inputs = NO_INPUTS) =>
  new HostDialects(fakeDeployment({ generation, codePath: inputs === NO_INPUTS ? null : '/code' }), facts, inputs).on(
    address,
  );

describe('the dialect of a host', () => {
  it('is that of its own image', () => {
    const facts = factsOf(recorded('C'), recorded('r050'));
    expect([on('10.0.0.1', facts), on('10.0.0.2', facts)]).toEqual([recorded('C'), recorded('r050')]);
  });

  it('is that of another host where it has no image yet', () => {
    expect(on('10.0.0.2', factsOf(recorded('r050'), null))).toEqual(recorded('r050'));
  });

  it('is the newest known one where nothing was read, or what `generation` names', () => {
    expect(on('10.0.0.1', {})).toEqual(NEWEST_KNOWN.dialect);
    expect(on('10.0.0.1', factsOf(null), 'v0.3')).toEqual(recorded('r030'));
    expect(on('10.0.0.1', factsOf(null), 'v0.6')).toEqual(recorded('C'));
  });

  it('is that of the synced code before that of the image', () => {
    const bytes = { '/code/omniinfer/tools/scripts/pd_run.sh': Buffer.from('    --own)\n      OWN="$2"\n      ;;\n') };
    const dialect = on('10.0.0.1', factsOf(recorded('C')), null, { ...NO_INPUTS, bytes });
    expect(dialect).toMatchObject({ flags: { 'pd_run.sh': ['--own'] }, placementFrom: 'additional-config' });
  });

  it('keeps what was read when `generation` is set, except where placement is set', () => {
    expect(on('10.0.0.1', factsOf(recorded('r050')), 'v0.6')).toEqual({
      ...recorded('r050'),
      placementFrom: 'additional-config',
    });
    expect(on('10.0.0.1', factsOf(recorded('C')), 'v0.3').placementFrom).toBe('extra-config');
  });

  it('is not taken from facts in another form', () => {
    const [host] = Object.values(factsOf(recorded('C')));
    const damaged = { ...host!, dialect: { ...readDialect(), accepts: { version: 7 } } };
    expect(on('10.0.0.1', { '10.0.0.1': damaged as Facts[string] })).toEqual(NEWEST_KNOWN.dialect);
  });
});

describe('placement settings', () => {
  const files = (facts: Facts, generation: 'v0.3' | 'v0.6' | null = null) => {
    const { desired } = buildClusterView(fakeDeployment({ generation }), NO_INPUTS, facts);
    const text = (end: string) => {
      const content = filesOf(desired.nodes.d0!).find(({ path }) => path.endsWith(end))?.content;
      return content !== undefined && 'text' in content ? content.text : '';
    };
    return {
      inExtraConfig: text('test_config_decode.json').includes('use_omni_placement'),
      inAdditionalConfig: text('run_decode.sh').includes('enable_omni_placement'),
    };
  };
  const both = (name: string) => factsOf(recorded(name), recorded(name));

  it.each(['A', 'G', 'r030', 'B', 'r040', 'r041', 'r042', 'r050'])('go to the extra configuration in %s', (name) => {
    expect(files(both(name))).toEqual({ inExtraConfig: true, inAdditionalConfig: false });
  });

  it.each(['C', 'D', 'Dk', 'E'])('go to --additional-config in %s', (name) => {
    expect(files(both(name))).toEqual({ inExtraConfig: false, inAdditionalConfig: true });
  });

  it('follow `generation` against what was read', () => {
    expect(files(both('E'), 'v0.3')).toEqual({ inExtraConfig: true, inAdditionalConfig: false });
    expect(files(both('r040'), 'v0.6')).toEqual({ inExtraConfig: false, inAdditionalConfig: true });
  });
});
