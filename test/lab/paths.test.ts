import { describe, expect, test } from 'vitest';
import { labPaths } from '../../src/lab/labPaths.ts';

describe('a lab’s name', () => {
  test('is a folder of its own', () => {
    expect(labPaths('lab-2').key).toBe('/var/lib/omniplace-lab/lab-2/id_ed25519');
  });

  test.each(['', '../x', 'Lab', 'a.b', '-x', 'cache', 'networks', 'x'.repeat(25)])('can’t be %j', (name) => {
    expect(() => labPaths(name)).toThrow(`'${name}' can't be a lab's name`);
  });
});
