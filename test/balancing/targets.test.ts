import { describe, expect, it } from 'vitest';
import { balanceTargets } from '../../src/balancing/targets.ts';
import type { ExpertControl } from '../../src/engines/expertControl.ts';
import { engineOf } from '../../src/engines/index.ts';
import type { PlacementSettings } from '../../src/engines/omni/settings.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import { type FakeDeployment, fakeDeployment, PLACEMENT } from '../fakes/deployment.ts';
import { toyExperts } from '../fakes/toyEngine/experts.ts';

const placement: PlacementSettings = { ...PLACEMENT, enabled: true, enableDump: true, dumpDir: '/data/dump' };
const dies = (count: number) => Array.from({ length: count }, (_, die) => die);
const targetsOf = (parts: FakeDeployment, role: 'all' | 'prefill' | 'decode' = 'all') =>
  balanceTargets(topologyOf(fakeDeployment(parts)), role, engineOf('omni').experts!);
// settings of a fake group replace only what they name
const on = (more: Partial<PlacementSettings> = {}) => ({ settings: { placement: { ...placement, ...more } } });

describe('balanceTargets', () => {
  it('takes the instances of a role that are of one size together', () => {
    const { targets, problems } = targetsOf({
      prefill: [
        { hosts: ['10.0.0.1'], dies: dies(16), ...on({ enableRankRoundRobin: false }) },
        { hosts: ['10.0.0.2'], dies: dies(16), ...on({ enableRankRoundRobin: false }) },
      ],
      decode: [{ hosts: ['10.0.0.3', '10.0.0.4'], dies: dies(8), ...on() }],
    });
    expect(problems).toEqual([]);
    expect(
      targets.map(({ name, ranks, ranksPerHost, placed, settingsPath, masters }) => [
        name,
        ranks,
        ranksPerHost,
        placed.split,
        settingsPath.join('.'),
        masters.map((node) => node.name),
      ]),
    ).toEqual([
      ['prefill', 16, 16, 'uniform', 'services.prefill', ['p0', 'p1']],
      ['decode', 16, 8, 'affine', 'services.decode', ['d0']],
    ]);
  });

  it('gives each instance its own pattern where they are placed differently now, or stand differently on their hosts', () => {
    const namesOf = (...decode: NonNullable<FakeDeployment['decode']>) =>
      targetsOf({ decode }, 'decode').targets.map(({ name, settingsPath }) => [name, settingsPath.join('.')]);
    expect(
      namesOf(
        { hosts: ['10.0.0.1'], dies: dies(8), ...on() },
        { hosts: ['10.0.0.2'], dies: dies(8), ...on({ patternPath: '/p.npy' }) },
      ),
    ).toEqual([
      ['decode.group1', 'deployment.decode.group1'],
      ['decode.group2', 'deployment.decode.group2'],
    ]);
    expect(
      namesOf(
        { hosts: ['10.0.0.1'], dies: dies(8), ...on() },
        { hosts: ['10.0.0.2', '10.0.0.3'], dies: dies(4), ...on() },
      ).length,
    ).toBe(2);
    expect(
      namesOf(
        { hosts: ['10.0.0.1'], dies: dies(8), ...on({ dumpDir: '/a' }) },
        { hosts: ['10.0.0.2'], dies: dies(8), ...on({ dumpDir: '/b' }) },
      ),
    ).toEqual([['decode', 'services.decode']]);
  });

  it('gives each instance its own pattern where a role has several sizes', () => {
    const { targets } = targetsOf({
      prefill: [
        { hosts: ['10.0.0.1'], dies: dies(8), ...on() },
        { hosts: ['10.0.0.2'], dies: dies(16), ...on() },
      ],
      decode: [{ hosts: ['10.0.0.3'], ...on() }],
    });
    expect(targets.map(({ name, settingsPath }) => [name, settingsPath.join('.')])).toEqual([
      ['prefill.group1', 'deployment.prefill.group1'],
      ['prefill.group2', 'deployment.prefill.group2'],
      ['decode', 'services.decode'],
    ]);
  });

  it('says why a role is left out', () => {
    const parts: FakeDeployment = {
      prefill: [{ hosts: ['10.0.0.1'], ...on({ enabled: false }) }],
      decode: [{ hosts: ['10.0.0.2'], ...on({ enableDynamic: true }) }],
    };
    const dynamic =
      'decode: its engine moves experts by itself (enable_dynamic), so that nothing recorded says which expert was hot; set services.decode.placement.mode to base';
    expect(targetsOf(parts)).toEqual({ targets: [], problems: [dynamic] });
    expect(targetsOf(parts, 'prefill').problems).toEqual([
      'prefill: placement is off; set services.prefill.placement.mode to base',
    ]);
    expect(targetsOf(parts, 'decode').problems).toEqual([dynamic]);
  });

  it('says so when no role has placement on', () => {
    const off = on({ enabled: false });
    const { problems } = targetsOf({
      prefill: [{ hosts: ['10.0.0.1'], ...off }],
      decode: [{ hosts: ['10.0.0.2'], ...off }],
    });
    expect(problems).toEqual(['no role has placement on: set services.decode.placement.mode to base']);
  });
});

describe('balanceTargets of an engine with other settings', () => {
  it('names its keys, and splits by its own rule', () => {
    const parts = fakeDeployment({ decode: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.2'] }] });
    const toy = toyExperts(null);
    const targetsFor = (experts: ExpertControl) => balanceTargets(topologyOf(parts), 'decode', experts);
    expect(targetsFor(toy).targets.map(({ name, placed }) => [name, placed.split])).toEqual([['decode', 'uniform']]);
    const placed: ExpertControl['placed'] = (settings) => ({ ...toy.placed(settings), enabled: false });
    expect(targetsFor({ ...toy, placed }).problems).toEqual([
      'decode: placement is off; set services.decode.extra_config.toy_map to none',
    ]);
    const moving: ExpertControl['placed'] = (settings) => ({ ...toy.placed(settings), dynamic: true });
    expect(targetsFor({ ...toy, placed: moving }).problems[0]).toContain('moves experts by itself (toy_moves)');
  });
});
