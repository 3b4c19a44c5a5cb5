import { describe, expect, it } from 'vitest';
import { closingBracket } from '../../src/imports/closingBracket.ts';

describe('closingBracket', () => {
  it('finds the bracket that closes the first one', () => {
    expect(closingBracket('$(a (b) c) d)', 1)).toBe(9);
    expect(closingBracket('$((1 + (2)))', 1)).toBe(11);
  });

  it('passes over brackets in quotes and behind a backslash', () => {
    expect(closingBracket(`(")" ')' \\) x)`, 0)).toBe(13);
    expect(closingBracket('("a\\")" b)', 0)).toBe(9);
    expect(closingBracket(`('\\')`, 0)).toBe(4);
  });

  it('is null where none closes it', () => {
    expect(closingBracket('(a (b)', 0)).toBeNull();
    expect(closingBracket('(a ")', 0)).toBeNull();
  });
});
