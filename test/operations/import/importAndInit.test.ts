import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BaseCommand } from '../../../src/cli/baseCommand.ts';
import Import from '../../../src/commands/import.ts';
import Init from '../../../src/commands/init.ts';
import { SOUND } from '../../deployment/sample.ts';
import { ansibleInventory } from '../../imports/samples.ts';

const INVENTORY = ansibleInventory({
  prefill: [{ ip: '10.0.0.1', kvRank: 0 }],
  decode: ['10.0.0.2'],
  proxy: '10.0.0.1',
}).replace('/path/to/key.pem', '/dev/null');
let folder: string;
let stdout: string;
let stderr: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omniplace-import-'));
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

/** Runs a command as the CLI does; its exit code. */
async function run(command: typeof Import | typeof Init, ...argv: string[]): Promise<number> {
  process.exitCode = undefined;
  try {
    await (command as unknown as typeof BaseCommand & { run(argv: string[], root: string): Promise<unknown> }).run(
      argv,
      process.cwd(),
    );
  } catch (error) {
    return (error as { oclif: { exit: number } }).oclif.exit;
  }
  return Number(process.exitCode ?? 0);
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('import', () => {
  it('prints the file on stdout, and what has no place on stderr', async () => {
    const path = file('inventory.yml', INVENTORY);
    expect(await run(Import, path)).toBe(0);
    expect(stdout).toMatch(/^# Imported by omniplace from .*inventory\.yml \(an Ansible inventory\)\.\n/);
    expect(stderr).toBe(
      [
        'The original checked no host keys. Here an unknown host is trusted at first sight, and a changed key is refused.',
        "The inventory alone does not say image, model and paths: they are the templates' own. Give the playbook with --env to take them from it.",
        'What has no place in a deployment (a comment of it says so too):',
        `  ${path}:12: all.vars.etcd_port: 6000 - only the LMCache connector starts etcd, and omniplace does not run it`,
        '',
      ].join('\n'),
    );
  });

  it('writes it to --out, but over nothing that is there', async () => {
    const [path, out] = [file('inventory.yml', INVENTORY), join(folder, 'cluster.yml')];
    expect(await run(Import, path, '--out', out)).toBe(0);
    expect(stdout).toBe(
      `${out} is written from an Ansible inventory; 1 setting without a place stands in its first comment.\nNext: omniplace validate ${out} && omniplace serve ${out} --check\n`,
    );
    stderr = '';
    writeFileSync(out, 'mine');
    expect(await run(Import, path, '--out', out)).toBe(2);
    expect(stderr).toBe(
      `error file_exists: ${out} exists already; it was left as it is.\n  hint: Name another file, or add --force to overwrite it.\n`,
    );
    expect(readFileSync(out, 'utf8')).toBe('mine');
    expect(await run(Import, path, '--out', out, '--force')).toBe(0);
    expect(readFileSync(out, 'utf8')).toMatch(/^# Imported/);
  });

  it('writes nothing where the original has an error, and shows it', async () => {
    const [path, out] = [
      file('inventory.yml', INVENTORY.replace('base_api_port: 9000', 'base_api_port: 99000')),
      join(folder, 'cluster.yml'),
    ];
    expect(await run(Import, path, '--out', out)).toBe(2);
    expect(stderr).toContain('error out_of_range: `base_api_port` must be');
    expect(stderr).toContain(
      `The lines are those of the file that would be made of ${path}.\n  hint: Mend the original; nothing was written.\n`,
    );
    expect(() => readFileSync(out)).toThrow('ENOENT');
  });

  it('gives one JSON document with --json', async () => {
    expect(await run(Import, file('inventory.yml', INVENTORY), '--json')).toBe(0);
    const answer = JSON.parse(stdout);
    expect(Object.keys(answer)).toEqual(['format', 'text', 'notes', 'leftovers', 'faults', 'out']);
    expect(answer.leftovers[0]).toMatchObject({ line: 12, path: 'all.vars.etcd_port', value: '6000' });
    expect(stderr).toBe('');
  });

  it('says which file it can not read, or not understand', async () => {
    expect(await run(Import, join(folder, 'none.yml'))).toBe(2);
    expect(stderr).toBe(
      `error unreadable_file: ${join(folder, 'none.yml')}: there is no such file or folder\n  hint: Check the path and its permissions.\n`,
    );
    stderr = '';
    const own = file('own.yml', SOUND);
    expect(await run(Import, own)).toBe(2);
    expect(stderr).toBe(
      `error not_importable: ${own} is a deployment file already: omniplace validate ${own}\n  hint: docs/migrate.md shows what can be imported.\n`,
    );
    stderr = '';
    const path = file('a.yml', 'a: 1');
    expect(await run(Import, path)).toBe(2);
    expect(stderr).toBe(
      `error not_importable: ${path}: neither omni_cli's deployment or server_profiles.yml, nor an Ansible inventory or playbook in YAML (of an INI inventory, \`ansible-inventory --list --yaml\` makes one)\n  hint: docs/migrate.md shows what can be imported.\n`,
    );
  });
});

describe('init', () => {
  const ARGS = [
    '1P8-1D8',
    '--hosts',
    '10.0.0.1-2',
    '--image',
    'i:t',
    '--model-path',
    '/m',
    '--private-key',
    '/dev/null',
  ];

  it('writes a file that is valid', async () => {
    const out = join(folder, 'cluster.yml');
    expect(await run(Init, ...ARGS, '--out', out)).toBe(0);
    expect([stdout, stderr]).toEqual([
      `${out} is written.\nNext: omniplace keys setup ${out} && omniplace serve ${out} --check\n`,
      '',
    ]);
    expect(readFileSync(out, 'utf8')).toContain('    group1:\n      hosts: "10.0.0.2"\n      master_port: 8100\n');
  });

  it('names what is missing where there is no terminal to ask at', async () => {
    vi.spyOn(process, 'stdin', 'get').mockReturnValue({ isTTY: false } as typeof process.stdin);
    expect(await run(Init, '1P8-1D8', '--hosts', '10.0.0.1-2')).toBe(2);
    expect(stderr).toBe(
      'error bad_usage: There is no terminal to ask at, and these are missing: --image, --model-path\n  hint: omniplace init --help shows an example.\n',
    );
  });

  it('refuses a form that the hosts can not take, and ports that collide', async () => {
    expect(await run(Init, ...ARGS.with(0, '2P8-1D8'))).toBe(2);
    expect(stderr).toBe(
      'error bad_shape: this takes 3 hosts of 16 dies (2 for prefill, 1 for decode), and 2 are given\n  hint: Nothing was written.\n',
    );
    stderr = '';
    expect(await run(Init, ...ARGS, '--proxy-port', '9000')).toBe(2);
    expect(stderr).toContain('error port_collision: ');
  });
});
