import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeError } from '../../../src/cli/describeError.ts';
import { Secret, type SecretSource } from '../../../src/deployment/secret.ts';
import { resolveSecret } from '../../../src/operations/session/secrets.ts';

afterEach(() => vi.unstubAllEnvs());

async function revealed(source: SecretSource): Promise<string> {
  return (await resolveSecret(source)).reveal();
}

async function failureOf(source: SecretSource): Promise<string> {
  try {
    await resolveSecret(source);
  } catch (error) {
    return describeError(error).text;
  }
  throw new Error('no failure');
}

describe('resolveSecret', () => {
  it('reads the environment, the first line of a file and what a command prints', async () => {
    vi.stubEnv('OMNIPLACE_TEST_SECRET', 'from env ');
    const folder = mkdtempSync(join(tmpdir(), 'omniplace-secret-'));
    writeFileSync(join(folder, 'pw'), 'from file\r\nsecond line\n');
    expect(await revealed({ from: 'env', variable: 'OMNIPLACE_TEST_SECRET' })).toBe('from env ');
    expect(await revealed({ from: 'file', path: join(folder, 'pw') })).toBe('from file');
    expect(await revealed({ from: 'command', argv: ['printf', '%s\n', 'from $(command)'] })).toBe('from $(command)');
    expect(await revealed({ from: 'plain', value: new Secret('plain') })).toBe('plain');
    rmSync(folder, { recursive: true });
  });

  it.each([
    [
      { from: 'env', variable: 'OMNIPLACE_TEST_UNSET' },
      'error secret_unavailable: The environment variable OMNIPLACE_TEST_UNSET is not set.\n  hint: Set it: export OMNIPLACE_TEST_UNSET=...',
    ],
    [
      { from: 'file', path: '/nowhere/pw' },
      "error secret_unavailable: The secret file /nowhere/pw can't be read.\n  hint: Check the path and its permissions.",
    ],
    [
      { from: 'command', argv: ['/nowhere/tool'] },
      "error secret_unavailable: The secret command /nowhere/tool can't be run.\n  hint: Run it yourself to see why.",
    ],
    [
      { from: 'command', argv: ['sh', '-c', 'echo canary; exit 3'] },
      'error secret_unavailable: The secret command sh ended with exit code 3.\n  hint: Run it yourself to see why.',
    ],
    [
      { from: 'command', argv: ['true'] },
      'error secret_unavailable: The secret command true printed nothing.\n  hint: Run it yourself to see why.',
    ],
  ] as const)('says what is wrong with %j, and nothing it has seen', async (source, text) => {
    expect(await failureOf(source)).toBe(text);
  });
});

describe('a Secret', () => {
  it('shows itself to nobody who does not ask', () => {
    const secret = new Secret('canary');
    const shown = [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ secret }, { showHidden: true, depth: 9 }),
      String(new Error(`bad ${secret}`)),
    ];
    for (const text of shown) expect(text).not.toContain('canary');
    expect(secret.reveal()).toBe('canary');
  });
});
