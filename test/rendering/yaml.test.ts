import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { JsonObject } from '../../src/deployment/deployment.ts';
import { blockYaml } from '../../src/rendering/yaml.ts';
import fc from '../fakes/fastCheck.ts';

const anyJson = fc.dictionary(
  fc.oneof(fc.constantFrom('on', 'a b', '- x', '#', '', '1', 'pattern_path'), fc.string({ maxLength: 6 })),
  fc.jsonValue({ maxDepth: 2 }),
  { maxKeys: 6 },
);

describe('blockYaml', () => {
  it('writes what a YAML 1.1 reader takes for the same values', () => {
    expect(
      blockYaml('of p0\nby omniplace', { pattern_path: null, dump_dir: '/a: b', enable: true, mode: 'on', layers: 58 }),
    ).toBe(`# of p0\n# by omniplace\npattern_path: null\ndump_dir: "/a: b"\nenable: true\nmode: "on"\nlayers: 58\n`);
  });

  it('writes the same bytes pair by pair as at once, the second time too', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        // `__proto__` is no key of a deployment
        fc.pre(!Object.hasOwn(value, '__proto__'));
        const whole = `# for people\n# and others\n${stringify(value, { version: '1.1', lineWidth: 0 })}`;
        for (let time = 0; time < 2; time += 1)
          expect(blockYaml('for people\nand others', value as JsonObject)).toBe(whole);
      }),
    );
  });
});
