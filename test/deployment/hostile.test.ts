import { describe, expect, it } from 'vitest';
import { secretSpans } from '../../src/deployment/secretSpans.ts';
import { faultsText } from '../../src/operations/session/faultsText.ts';
import fc, { anyText } from '../fakes/fastCheck.ts';
import { runs } from '../fakes/seed.ts';
import { HOSTILE } from './hostileFiles.ts';
import { faultsOf, parse, SOUND } from './sample.ts';

describe('a hostile file', () => {
  it.each(HOSTILE)('of %s is refused with a place', (_, text, first) => {
    const faults = faultsOf(text);
    expect(faults[0]).toMatch(first);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('a text that is not YAML', () => {
  it('is searched for secrets word by word, not from each letter of a long word', () => {
    // from each letter, this takes an hour
    const long = `a: "${'x'.repeat(1_000_000)}`;
    expect(secretSpans(long)).toEqual([]);
    expect(secretSpans(`${long}\npassword: canary`)).toEqual([[1_000_015, 1_000_021]]);
  });
});

describe('any damage to a file', () => {
  const lines = SOUND.split('\n').length;

  /** Pieces of the file cut out, doubled or replaced by YAML's own characters. */
  const damaged = fc
    .array(
      fc.record({
        at: fc.nat(SOUND.length),
        cut: fc.nat(12),
        put: fc.oneof(
          fc.constantFrom(
            '',
            ':',
            '{',
            '}',
            '[',
            ']',
            ',',
            '"',
            "'",
            '&a ',
            '*a',
            '<<: ',
            '!!int ',
            '\n',
            '  ',
            '\t',
            '#',
            '|',
            '? ',
            '- ',
            '---\n',
            'null',
            '~',
            '__proto__',
            '1e999',
            'yes',
          ),
          anyText(6),
        ),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((edits) =>
      edits.reduce(
        (text, { at, cut, put }) =>
          text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + cut),
        SOUND,
      ),
    );

  it('gives a deployment or errors with a place, never a crash', () => {
    fc.assert(
      fc.property(damaged, (text) => {
        const { deployment, faults } = parse(text);
        const numErrors = faults.filter(({ severity }) => severity === 'error').length;
        expect(deployment === null).toBe(numErrors > 0);
        for (const { line, col, file, message } of faults) {
          expect(file).toBe('c.yml');
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines + 30);
          expect(col).toBeGreaterThan(0);
          expect(message).toMatch(/[.]$/);
        }
        expect(faultsText(faults, new Map([['c.yml', text]]))).toBeTypeOf('string');
      }),
      runs(80, 5_000),
    );
  });

  it('gives a deployment or errors when any value is replaced by any other', () => {
    const values = [
      '',
      '~',
      '[]',
      '{}',
      '[[]]',
      '{a: {b: c}}',
      '-1',
      '0',
      '1.5',
      '"x"',
      'true',
      '1e400',
      '0x1F',
      '2026-01-01',
      '"a\\nb"',
      '*x',
      '!!binary x',
    ];
    fc.assert(
      fc.property(fc.nat(100), fc.constantFrom(...values), (which, value) => {
        const keys = [...SOUND.matchAll(/([a-z_0-9]+): ("[^"]*"|[^\s,{}]+)/g)];
        const chosen = keys[which % keys.length]!;
        const text = SOUND.replace(chosen[0], `${chosen[1]}: ${value}`);
        const { deployment, faults } = parse(text);
        expect(deployment === null).toBe(faults.some(({ severity }) => severity === 'error'));
        // one mistake is one fault
        expect(faults.slice(1)).toEqual([]);
      }),
      runs(200, 5_000),
    );
  });
});
