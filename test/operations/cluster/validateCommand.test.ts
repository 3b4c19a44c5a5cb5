import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import Validate from '../../../src/commands/validate.ts';
import { SOUND } from '../../deployment/sample.ts';

const AGENT = SOUND.replace('private_key: ~/.ssh/id', 'agent: true');
let folder: string;
let stdout: string;
let stderr: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-command-'));
  stdout = '';
  stderr = '';
  vi.spyOn(console, 'log').mockImplementation((text) => {
    stdout += `${text}\n`;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

/** Runs the command as the CLI does; its exit code. */
async function run(...argv: string[]): Promise<number> {
  process.exitCode = undefined;
  try {
    await Validate.run(argv, process.cwd());
  } catch (error) {
    return (error as { oclif: { exit: number } }).oclif.exit;
  }
  return Number(process.exitCode ?? 0);
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('validate', () => {
  it('ends with 0 for a sound file, and names what start scripts are written for', async () => {
    const path = file('a.yml', AGENT);
    expect(await run(path)).toBe(0);
    const assumed = 'OmniInfer 2026-03 (fda711fb), which is assumed: neither an image nor code was read';
    expect(stdout).toBe(`${path}: no faults\n${path}: start scripts are written for ${assumed}\n`);
  });

  it('ends with 0 when there are only warnings', async () => {
    expect(await run(file('a.yml', AGENT.replace('agent: true', 'agent: on')))).toBe(0);
    expect(stdout).toContain('a.yml: 1 warning\n');
  });

  it('ends with 2 when one of the files has an error, and shows all faults', async () => {
    const [a, b] = [file('a.yml', AGENT.replace('/data/model', 'model')), file('b.yml', AGENT)];
    expect(await run(a, b)).toBe(2);
    expect(stdout).toBe(
      [
        `${a}:10:15: error bad_value: \`model_path\` must be an absolute path on the hosts; it is \`model\`.`,
        '  10 |   model_path: model',
        '     |               ^^^^^',
        '',
        '2 files: 1 error',
        '',
      ].join('\n'),
    );
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const path = file('a.yml', AGENT.replace('docker_image', 'docker_imag'));
    expect(await run(path, '--json')).toBe(2);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      dialects: { [path]: null },
      ok: false,
      faults: [
        {
          code: 'unknown_key',
          severity: 'error',
          message: 'Unknown key `docker_imag` in `services`.',
          hint: 'Did you mean `docker_image`?',
          file: path,
          line: 9,
          col: 3,
          path: 'services.docker_imag',
        },
      ],
    });
  });

  it('takes -e before and behind the files', async () => {
    const path = file('a.yml', AGENT);
    expect(await run('-e', 'services.name=x', path, '-e', 'services.max_fail=many')).toBe(2);
    expect(stdout).toContain(
      '-e services.max_fail: error wrong_type: `max_fail` must be a whole number, at least 0, or a percentage such as 10%; it is `many`.\n',
    );
  });

  it('ends with 2 on bad usage, in two lines on stderr', async () => {
    expect(await run('--foo', 'a.yml')).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe('error bad_usage: Nonexistent flag: --foo\n  See more help with --help\n');
  });

  it('ends with 2 without a file, as JSON when asked', async () => {
    expect(await run('--json')).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'bad_usage',
        message: 'Missing 1 required arg:',
        hint: 'files  deployment files\nSee more help with --help',
      },
    });
  });
});
