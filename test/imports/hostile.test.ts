import { describe, expect, it } from 'vitest';
import { assembleDeployment, ForeignFileError, importFiles } from '../../src/imports/index.ts';
import fc from '../fakes/fastCheck.ts';
import { runs } from '../fakes/seed.ts';
import { ansibleInventory, OMNI_CLI, PLAYBOOK, serverProfiles } from './samples.ts';

const INVENTORY = ansibleInventory({
  prefill: [{ ip: '10.0.0.1', kvRank: 0 }],
  decode: ['10.0.0.2', '10.0.0.3'],
  proxy: '10.0.0.1',
});

/** A deployment file's text, or the user's error; anything else is a bug of ours. */
function outcome(...texts: readonly string[]): string {
  const files = texts.map((text, i) => ({ file: `${i}.yml`, text }));
  try {
    const names = files.map(({ file }) => file);
    return assembleDeployment(importFiles(files), names);
  } catch (error) {
    if (error instanceof ForeignFileError) return error.message;
    throw error;
  }
}

describe('files that were damaged', () => {
  it.each([
    ['omni_cli', [OMNI_CLI]],
    ['server profiles', [serverProfiles()]],
    ['an inventory', [INVENTORY]],
    ['a playbook', [PLAYBOOK, INVENTORY]],
  ])('of %s give a file or an error in our words', (_, [text = '', ...others]) => {
    const lines = text.split('\n');
    const line = fc.nat(lines.length - 1);
    const junk = fc.constantFrom(
      '',
      '  - x',
      'null',
      '  a: [1, {b: 2}]',
      '  hosts: 5',
      '    p0: text',
      '  vars: []',
      "  x: '{{ x }}'",
      '  y: "{{ a.b[0] | int + }}"',
      '\t',
      '  &a [*a]',
      '? [a]: b',
      '  <<: 5',
      '  children: {P: [1]}',
      '  env: 3',
      '  args: [1]',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(line, junk, fc.boolean()), { maxLength: 4 }), (edits) => {
        const damaged = [...lines];
        for (const [at, by, replace] of edits) damaged.splice(at, replace ? 1 : 0, by);
        expect(typeof outcome(damaged.join('\n'), ...others)).toBe('string');
      }),
      runs(25, 2_000),
    );
  });

  it('are refused when they unfold or nest without end', () => {
    const bomb = ['a0: &a0 [x, x]', ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)];
    expect(outcome(`${bomb.join('\n')}\nall: {children: {P: {hosts: {p0: {x: *a30}}}}}`)).toMatch(
      /^0\.yml: its aliases unfold to too much/,
    );
    expect(outcome(`all: ${'['.repeat(20_000)}`)).toMatch(
      /^0\.yml(:\d+:\d+)?: not YAML: its maps or lists are nested too deeply$/,
    );
    expect(outcome("all: {children: {P: {hosts: {p0: {node_port: '{{ a }}', a: '{{ node_port }}'}}}}}")).toContain(
      '0.yml:1: node_port of p0: its templates go in circles',
    );
  });
});
