import { describe, expect, it } from 'vitest';
import { blockYaml } from '../../src/rendering/yaml.ts';

describe('blockYaml', () => {
  it('writes what a YAML 1.1 reader takes for the same values', () => {
    expect(
      blockYaml('of p0\nby omniplace', { pattern_path: null, dump_dir: '/a: b', enable: true, mode: 'on', layers: 58 }),
    ).toBe(`# of p0\n# by omniplace\npattern_path: null\ndump_dir: "/a: b"\nenable: true\nmode: "on"\nlayers: 58\n`);
  });
});
