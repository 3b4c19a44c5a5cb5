import { describe, expect, it } from 'vitest';
import {
  NO_OVERLAY,
  overlayText,
  overridesOf,
  parseOverlay,
  withSettings,
  writeInto,
} from '../../src/balancing/overlay.ts';
import { engineOf } from '../../src/engines/index.ts';

const { install, recorded } = engineOf('omni').experts!;
const decode = { settingsPath: ['services', 'decode'] };
const group = { settingsPath: ['deployment', 'prefill', 'group2'] };

describe('an overlay', () => {
  it('is written and read back as it is, and says what it is', () => {
    const overlay = withSettings(
      withSettings(NO_OVERLAY, decode, recorded!.switchOn),
      group,
      install('r1.balance/a b.npy'),
    );
    const text = overlayText(overlay, 'r1.yml');
    expect(text).toBe(
      [
        '# Written by omniplace balance. Every command reads it on top of r1.yml; -e beats it.',
        '# Delete it to go back to what r1.yml says.',
        'services.decode.placement.dump: true',
        'services.decode.placement.enable_dump: true',
        'deployment.prefill.group2.placement.mode: static',
        'deployment.prefill.group2.placement.pattern_path: r1.balance/a b.npy',
        '',
      ].join('\n'),
    );
    expect(parseOverlay(text)).toEqual(overlay);
    expect(overridesOf(overlay).at(-1)).toBe('deployment.prefill.group2.placement.pattern_path=r1.balance/a b.npy');
  });

  it('changes one target and leaves the others', () => {
    const both = withSettings(withSettings(NO_OVERLAY, decode, install('one.npy')), group, install('two.npy'));
    const next = withSettings(both, decode, install('three.npy'));
    expect(next.get('services.decode.placement.pattern_path')).toBe('three.npy');
    expect(next.get('deployment.prefill.group2.placement.pattern_path')).toBe('two.npy');
    expect(next.size).toBe(both.size);
  });

  it('goes into the deployment where that is asked for, which keeps its comments', () => {
    const text =
      '# ours\nservices:\n  # experts\n  decode: {gpu_util: 0.9, placement: {mode: base}} # tuned\n  name: r1\n';
    const overlay = withSettings(NO_OVERLAY, decode, install('r1.balance/a.npy'));
    expect(writeInto(text, overlay)).toBe(
      '# ours\nservices:\n  # experts\n  decode: {gpu_util: 0.9, placement: {mode: static, pattern_path: r1.balance/a.npy}} # tuned\n  name: r1\n',
    );
  });

  it('that was written over by hand is refused', () => {
    expect(() => parseOverlay('- a\n- b\n')).toThrow('it is no map');
    expect(() => parseOverlay('services.decode.placement: {dump: true}\n')).toThrow(
      'services.decode.placement has no plain value',
    );
    expect(() => parseOverlay('a: [\n')).toThrow(/^Flow sequence/);
    expect(parseOverlay('')).toEqual(NO_OVERLAY);
  });
});
