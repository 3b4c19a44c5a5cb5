import { describe, expect, it } from 'vitest';
import { omniRoleSettings } from '../../../src/engines/omni/settings.ts';
import { faultsOf, parse, withPart } from '../../deployment/sample.ts';

/** The sound sample with settings for decode; they stand in line 11. */
const withDecode = (placement: string) =>
  withPart('model_path: /data/model', `model_path: /data/model\n  decode: {placement: ${placement}}`);
const placementOf = (text: string, overrides: readonly string[] = []) =>
  omniRoleSettings(parse(text, overrides).deployment!.decode[0]!.settings).placement;

describe('a placement mode', () => {
  it('goes before what the schema says, and behind numbers given beside it', () => {
    expect(placementOf(withDecode('{mode: redundant}'))).toMatchObject({
      enabled: true,
      enableDynamic: true,
      // the instance has four dies
      maxRedundantPerExpert: 4,
      maxRedundantPerRank: 1,
    });
    expect(placementOf(withDecode('{mode: redundant, max_redundant_per_expert: "3"}'))).toMatchObject({
      maxRedundantPerExpert: 3,
    });
    expect(placementOf(withDecode('{mode: off}'))).toMatchObject({ enabled: false });
    expect(placementOf(withDecode('{mode: null, enable_dynamic: true}'))).toMatchObject({ enableDynamic: true });
  });

  it('may be set for a group or by -e over that of its role', () => {
    const text = withDecode('{mode: redundant}').replace(
      'master_port: 8100',
      'master_port: 8100, placement: {mode: base}',
    );
    expect(placementOf(text)).toMatchObject({ enableDynamic: false, maxRedundantPerExpert: 1 });
    const rearranged = placementOf(withDecode('{mode: redundant}'), ['services.decode.placement.mode=rearrange']);
    expect(rearranged).toMatchObject({ enableDynamic: true, maxRedundantPerExpert: 1 });
  });

  it('gives dumps a folder of the instance’s own, unless one is named', () => {
    expect(placementOf(withDecode('{mode: base, dump: true}'))).toMatchObject({
      enableDump: true,
      dumpDir: '/var/log/omniplace/dump/decode_group1',
    });
    expect(placementOf(withDecode('{dump: true, dump_dir: /d}'))).toMatchObject({ enableDump: true, dumpDir: '/d' });
    expect(placementOf(withDecode('{dump: false}'))).toMatchObject({ enableDump: false, dumpDir: null });
  });

  it.each([
    [
      '{mode: base, enable_dynamic: true}',
      '11:52 error placement_conflict `mode: base` means `enable_dynamic: false`, but for decode group1 the file says true. | Remove `enable_dynamic`, or choose another mode.',
    ],
    [
      '{mode: off, enabled: true}',
      '11:44 error placement_conflict `mode: off` means `enabled: false`, but for decode group1 the file says true. | Remove `enabled`, or choose another mode.',
    ],
    [
      '{mode: base, pattern_path: p.npy}',
      '11:50 error placement_conflict `mode: base` means `pattern_path: null`, but for decode group1 the file says `p.npy`. | Remove `pattern_path`, or choose another mode.',
    ],
    [
      '{mode: rearrange, max_redundant_per_expert: 10}',
      '11:67 error placement_conflict `mode: rearrange` means `max_redundant_per_expert: 1`, but for decode group1 the file says 10. | Remove `max_redundant_per_expert`, or choose another mode.',
    ],
    [
      '{mode: redundant, max_redundant_per_rank: 0}',
      '11:65 error placement_conflict `mode: redundant` needs `max_redundant_per_rank` to be at least 1, but for decode group1 it is 0. | Remove `max_redundant_per_rank`, or take `mode: rearrange`.',
    ],
    [
      '{mode: static}',
      '11:30 error placement_conflict `mode: static` needs a pattern, and decode group1 names none. | Set `pattern_path` to a .npy file, or take `mode: base`.',
    ],
    [
      '{dump: true, enable_dump: false}',
      '11:49 error placement_conflict `dump: true` and `enable_dump: false` both count for decode group1. | Remove one of the two: `dump` is short for `enable_dump`.',
    ],
    [
      '{mode: dynamic}',
      '11:30 error bad_value `mode` must be `off`, `base`, `static`, `rearrange`, `redundant` or `null`; it is `dynamic`.',
    ],
  ])('%s is a fault where it stands', (placement, fault) => {
    expect(faultsOf(withDecode(placement))).toEqual([fault]);
  });

  it('contradicted by a host of a group is told of that host', () => {
    const text = withDecode('{mode: base}').replace(
      'ascend_rt_visible_devices: "0,1"}\n  proxy',
      'ascend_rt_visible_devices: "0,1", host 10.0.0.3: {placement: {enable_dynamic: true}}}\n  proxy',
    );
    expect(faultsOf(text)).toEqual([
      '6:160 error placement_conflict `mode: base` means `enable_dynamic: false`, but for decode group1, host 10.0.0.3 the file says true. | Remove `enable_dynamic`, or choose another mode.',
    ]);
  });
});
