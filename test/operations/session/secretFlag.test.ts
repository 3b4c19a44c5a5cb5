import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import LabLoad from '../../../src/commands/lab/load.ts';
import { secretOfFlag, secretSourceOf } from '../../../src/operations/session/secretFlag.ts';
import { keyedServer } from '../../fakes/keyedServer.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

describe('a flag that names where a secret is kept', () => {
  it('reads a variable, the first line of a file and what a command prints', async () => {
    vi.stubEnv('OMNIPLACE_TEST_KEY', 'from env');
    const folder = mkdtempSync(join(tmpdir(), 'omniplace-flag-'));
    writeFileSync(join(folder, 'key'), 'from file\nmore\n');
    const read = async (written: string) => (await secretOfFlag('--api-key', written))?.reveal();
    expect(await read('env:OMNIPLACE_TEST_KEY')).toBe('from env');
    expect(await read(`file:${folder}/key`)).toBe('from file');
    expect(await read('command:printf "from %s" command')).toBe('from command');
    expect(await secretOfFlag('--api-key', undefined)).toBeNull();
    rmSync(folder, { recursive: true });
  });

  it('does not take the secret itself, nor repeat it', () => {
    for (const written of ['sk-canary', 'env:', 'canary:x']) {
      expect(() => secretSourceOf('--api-key', written)).toThrow(
        expect.objectContaining({
          message: '--api-key is where the secret is kept, not the secret itself',
          hint: 'Write --api-key env:NAME, file:PATH or command:"PROGRAM ARGUMENTS".',
        }),
      );
    }
  });
});

describe('lab load', () => {
  async function load(...more: readonly string[]): Promise<string> {
    let shown = '';
    vi.spyOn(console, 'log').mockImplementation((text) => {
      shown += `${text}\n`;
    });
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const server = await keyedServer('k-7');
    const url = `http://127.0.0.1:${server.port}`;
    await LabLoad.run(['--url', url, '--requests', '5', '--json', ...more], process.cwd());
    await server.close();
    return shown;
  }

  it('sends the key that --api-key names', async () => {
    vi.stubEnv('OMNIPLACE_TEST_KEY', 'k-7');
    expect(JSON.parse(await load('--api-key', 'env:OMNIPLACE_TEST_KEY'))).toMatchObject({ ok: 5, failed: 0 });
  });

  it('shows that servers need a key', async () => {
    expect(JSON.parse(await load())).toMatchObject({
      failed: 5,
      failures: { 'HTTP 401: the servers need an API key, or another one (--api-key)': 5 },
    });
  });
});
