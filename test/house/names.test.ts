import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

/** Names of files that say the same everywhere: the door of a room, a text view, the shapes of a verb. */
const ROLES = new Set(['index', 'text', 'types']);

/** How many things one name of a file may stand for. */
const MOST_MEANINGS = 2;

const FILES = (readdirSync(SRC, { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts') && !/\.(gen|d)\.ts$/.test(file))
  .sort();

/** Words of commands: `stop` of `commands/stop.ts`, `pattern` and `check` of `commands/pattern/check.ts`. */
const VERBS = new Set(FILES.filter((file) => file.startsWith('commands/')).flatMap((file) => wordsOf(file).slice(1)));

describe('names', () => {
  it('of a file stand for at most two things', () => {
    const named = grouped(
      FILES.filter((file) => !isNamedAfterItsVerb(file)).map((file) => [basename(file, '.ts'), file]),
    );
    expect(named.filter(([name, files]) => !ROLES.has(name) && files.length > MOST_MEANINGS)).toEqual([]);
  });

  it('of exported functions are different from each other', () => {
    const named = grouped(
      FILES.flatMap((file) => exportedFunctions(readFileSync(join(SRC, file), 'utf8')).map((name) => [name, file])),
    );
    expect(named.length).toBeGreaterThan(500);
    expect(named.filter(([, files]) => files.length > 1)).toEqual([]);
  });

  it('of exported functions are found in every form that they have', () => {
    const source = [
      'export function plain(): void {}',
      'export async function waiting<T>(value: T): Promise<T> {}',
      'export function* many(): Generator<number> {}',
      'export const arrow = (value: number): number => value;',
      'export const typed: (value: number) => number = (value) => value;',
      'export const generic = <T>(value: T): T => value;',
      'export const later = async (): Promise<void> => {};',
      'export const FIGURE = 3;',
      'export const LIST: readonly number[] = [1];',
      "export { other } from './other.ts';",
      'function inside(): void {}',
    ].join('\n');
    expect(exportedFunctions(source)).toEqual(['plain', 'waiting', 'many', 'arrow', 'typed', 'generic', 'later']);
  });
});

/** A command, or a file of `operations/` that is called as a command is. */
function isNamedAfterItsVerb(file: string): boolean {
  return file.startsWith('commands/') || (file.startsWith('operations/') && VERBS.has(basename(file, '.ts')));
}

function wordsOf(file: string): string[] {
  return file.replace(/\.ts$/, '').split('/');
}

function exportedFunctions(source: string): string[] {
  const declared =
    /^export (?:default )?(?:async )?function\*? (\w+)|^export const (\w+)(?:: [^\n]*?)? = (?:async )?(?:<[^>]*>)?\(/gm;
  return [...source.matchAll(declared)].map(([, declaration, constant]) => declaration ?? constant!);
}

function grouped(named: readonly (readonly [name: string, file: string])[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const [name, file] of named) groups.set(name, [...(groups.get(name) ?? []), file]);
  return [...groups];
}
