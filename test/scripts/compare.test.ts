import { describe, expect, it } from 'vitest';
import { differences, differencesText } from '../../scripts/compare/difference.mjs';
import { masked } from '../../scripts/compare/mask.mjs';

describe('masked', () => {
  it('replaces folders, times and the ids of runs in every document', () => {
    const text =
      'run 20260131-101500-3fa9 of /tmp/a/new/c.yml began 2026-01-31T10:15:00.123Z, ended 2026-01-31 10:16 UTC';
    expect(masked(text, { folders: ['/tmp/a/new', '/tmp'] })).toBe(
      'run <run> of <folder>/c.yml began <time>, ended <time>',
    );
  });

  it('replaces durations and digests only in documents that measure or that cover paths', () => {
    const text = `"elapsedMs": 12.5, "digest": "${'a'.repeat(64)}"\n[   0.04] waited    30 s, then 5ms\n`;
    expect(masked(text, {})).toBe(text);
    expect(masked(text, { measured: true, digests: true })).toBe(
      '"elapsedMs": <number>, "digest": "<digest>"\n[<seconds>] waited <duration>, then <duration>\n',
    );
  });

  it('keeps numbers that are not measured', () => {
    const text = '"timeout": 30, "port": 7000, "steps": 12';
    expect(masked(text, { measured: true, digests: true })).toBe(text);
  });
});

describe('differences', () => {
  it('is empty for equal documents', () => {
    expect(differences([{ name: 'a', before: 'x\n', after: 'x\n' }])).toEqual([]);
  });

  it('groups documents with the same change, the largest group first', () => {
    const found = differences([
      { name: 'one', before: 'x\n', after: 'y\n' },
      { name: 'a', before: 'A\n1\nB\n', after: 'A\n2\nB\n' },
      { name: 'b', before: 'C\n1\nD\n', after: 'C\n2\nD\n' },
    ]);
    expect(found.map(({ names }) => names)).toEqual([['a', 'b'], ['one']]);
    expect(differencesText(found, 40)).toBe(
      ['=== a, b', '@@ -1 +1 @@', ' A', '-1', '+2', ' B', '', '=== one', '@@ -1 +1 @@', '-x', '+y', ''].join('\n'),
    );
  });

  it('names a document that only one checkout has', () => {
    expect(differencesText(differences([{ name: 'a', before: undefined, after: 'x' }]), 40)).toBe(
      '=== a\n+ (only the new checkout has it)\n',
    );
  });

  it('cuts a long change', () => {
    const found = differences([{ name: 'a', before: '1\n2\n', after: '3\n4\n' }]);
    expect(differencesText(found, 2)).toBe('=== a\n@@ -1 +1 @@\n-1\n  ... 3 more lines (--lines N)\n');
  });
});
