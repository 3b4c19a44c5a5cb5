import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import commandNotFound from '../../src/hooks/commandNotFound.ts';

let stdout: string;
let stderr: string;
beforeEach(() => {
  [stdout, stderr] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const commands = ['serve', 'status', 'lab:up', 'pattern:show', 'secret'].map((id) => ({ id, hidden: id === 'secret' }));

/** What the hook ends with: an exit code. */
async function ended(id: string, ...argv: string[]): Promise<number> {
  const context = { id, argv, config: { commands } } as unknown as Parameters<typeof commandNotFound>[0];
  const error = await commandNotFound.call({} as never, context).catch((caught: unknown) => caught);
  return (error as { oclif: { exit: number } }).oclif.exit;
}

describe('a word that is no command', () => {
  it('is bad usage, with the command that was meant', async () => {
    expect(await ended('serv')).toBe(2);
    expect([stdout, stderr]).toEqual([
      '',
      'error bad_usage: serv is not an omniplace command.\n  hint: Did you mean: omniplace serve\n',
    ]);
    expect(await ended('pattern:shwo', 'x.npy')).toBe(2);
    expect(stderr).toContain(
      'pattern shwo is not an omniplace command.\n  hint: Did you mean: omniplace pattern show\n',
    );
  });

  it('is said to be one too many behind a command that takes none', async () => {
    expect(await ended('pattern:show:x:y')).toBe(2);
    expect(stderr).toBe(
      'error bad_usage: pattern show takes no arguments, but x y is one.\n  hint: Run omniplace pattern show --help for its flags.\n',
    );
  });

  it('names no command when none is near', async () => {
    await ended('secrett');
    expect(stderr).toBe(
      'error bad_usage: secrett is not an omniplace command.\n  hint: Run omniplace help for the list of commands.\n',
    );
  });

  it('is one JSON document with --json', async () => {
    expect(await ended('bogus', '--json')).toBe(2);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'bad_usage',
        message: 'bogus is not an omniplace command.',
        hint: 'Run omniplace help for the list of commands.',
      },
    });
  });
});
