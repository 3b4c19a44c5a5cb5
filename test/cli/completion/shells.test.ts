import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completedCommands, type ManifestCommand } from '../../../src/cli/completion/completedCommand.ts';
import { completionScript } from '../../../src/cli/completion/completionScript.ts';
import { everyCommand } from '../../docs/commands.ts';

const RECIPES = ['kimi-k2-a3-2p1d', 'qwq-32b-a2-3p1d'];
const shown = await everyCommand();
const manifest = [...shown].map(([words, command]): ManifestCommand => {
  const flags = Object.entries(command.flags).map(([name, flag]) => [name, { ...flag, name }]);
  return { ...command, id: words.replaceAll(' ', ':'), flags: Object.fromEntries(flags) } as ManifestCommand;
});
const folder = mkdtempSync(join(tmpdir(), 'omniplace-completion-'));
const scriptOf = (shell: 'bash' | 'zsh' | 'fish') => completionScript(shell, 'omniplace', manifest, RECIPES);

beforeAll(() => {
  writeFileSync(join(folder, 'bash'), scriptOf('bash'));
  mkdirSync(join(folder, 'here/prod'), { recursive: true });
  for (const name of ['cluster.yml', 'prod.yml', 'my file.yml']) writeFileSync(join(folder, 'here', name), '');
  mkdirSync(join(folder, 'bin'));
  // its nodes depend on the file
  writeFileSync(
    join(folder, 'bin/omniplace'),
    '#!/bin/sh\n[ "$1 $2" = "completion nodes" ] || exit 1\necho p0; echo d0; echo decode; echo "${3:-last}"\n',
  );
  chmodSync(join(folder, 'bin/omniplace'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const here = {
  cwd: join(folder, 'here'),
  encoding: 'utf8',
  env: { ...process.env, PATH: `${folder}/bin:${process.env.PATH}` },
} as const;

/** What bash offers for the last word; nothing means file names. */
function inBash(...words: string[]): string[] {
  const call = `. "$0"; COMP_WORDS=(omniplace "$@"); COMP_CWORD=$#; _omniplace; for word in "\${COMPREPLY[@]}"; do echo "$word"; done`;
  return execFileSync('bash', ['--norc', '-c', call, join(folder, 'bash'), ...words], here)
    .split('\n')
    .slice(0, -1);
}

describe('completion in bash', () => {
  it('offers commands, and the words of a command', () => {
    expect(inBash('s')).toEqual(['serve', 'simulate', 'status', 'stop']);
    expect(inBash('lab', '')).toEqual(['down', 'fault', 'load', 'status', 'up']);
    expect(inBash('balance', 'h')).toEqual(['history']);
    expect(inBash('completion', '')).toEqual(['bash', 'zsh', 'fish', 'nodes']);
  });

  it('leaves file names to bash where a file is meant', () => {
    expect(inBash('serve', '')).toEqual([]);
    expect(inBash('serve', 'clu')).toEqual([]);
    expect(inBash('render', 'cluster.yml', '--out', '')).toEqual([]);
    expect(inBash('exec', 'd0', '--', 'cat', '/et')).toEqual([]);
  });

  it('offers flags before and after the file', () => {
    expect(inBash('serve', '--ch')).toEqual(['--check']);
    expect(inBash('serve', 'cluster.yml', '--d')).toEqual(['--diff']);
    expect(inBash('status', 'cluster.yml', '-')).toEqual(expect.arrayContaining(['--watch', '--interval', '--help']));
    expect(inBash('lab', 'up', '--h')).toEqual(['--hosts', '--help']);
  });

  it('offers nodes of the deployment, and files next to them', () => {
    expect(inBash('logs', 'd')).toEqual(['d0', 'decode']);
    expect(inBash('logs', 'p').sort()).toEqual(['p0', 'prod', 'prod.yml']);
    expect(inBash('logs', 'my')).toEqual(['my file.yml']);
    expect(inBash('logs', 'cluster.yml', 'p0', 'd')).toEqual(['d0', 'decode']);
    expect(inBash('serve', 'cluster.yml', '--limit', 'p')).toEqual(['p0']);
    expect(inBash('serve', 'cluster.yml', '--limit', '=', 'p')).toEqual(['p0']);
    expect(inBash('serve', 'cluster.yml', '--limit', '=')).toEqual(['p0', 'd0', 'decode', 'cluster.yml']);
    expect(inBash('history', '-n', '')).toEqual([]);
  });

  it('offers recipes', () => {
    expect(inBash('init', '--recipe', 'k')).toEqual(['kimi-k2-a3-2p1d']);
  });

  it('offers tags', () => {
    expect(inBash('serve', 'cluster.yml', '--only', 'run_')).toEqual(['run_docker', 'run_server', 'run_proxy']);
    expect(inBash('serve', '-t', 'pre')).toEqual(['preflight']);
  });
});

describe('the script for fish', () => {
  const lines = scriptOf('fish').split('\n');

  it('asks for nodes of the file that the line names', () => {
    expect(lines).toContain(
      String.raw`    $words[1] completion nodes (string match -r -- '.*\.(?:yml|yaml|json)$' $words) 2>/dev/null`,
    );
    expect(lines).toContain("complete -c omniplace -n '__omniplace_in logs' -a '(__omniplace_nodes)'");
  });

  it('offers tags', () => {
    expect(lines.find((line) => line.includes(' -l only '))).toMatch(
      /^complete -c omniplace -n '__omniplace_in serve' -s t -l only -r -f -a 'preflight take_over run_docker /,
    );
  });
});

it('the manifest gives nodes to commands that take them, and tags to flags', () => {
  const commands = completedCommands(manifest, 'omniplace', { tags: ['run_docker'], recipes: RECIPES });
  expect(commands.filter(({ words }) => words === 'nodes').map(({ id }) => id)).toEqual([
    'doctor',
    'exec',
    'fetch-dumps',
    'fetch-logs',
    'logs',
    'restart',
    'status',
    'stop',
  ]);
  const flagOf = (id: string, name: string) =>
    commands.find((one) => one.id === id)?.flags.find((one) => one.name === name);
  expect(flagOf('serve', 'only')).toMatchObject({ char: 't', takesValue: true, values: ['run_docker'] });
  expect(flagOf('init', 'recipe')?.values).toEqual(RECIPES);
  expect(flagOf('stop', 'limit')?.values).toBe('nodes');
  expect(flagOf('history', 'limit')?.values).toBeNull();
});

describe('the tables of bash and zsh', () => {
  it('are the same, as shell functions', () => {
    const tables = (script: string) => script.slice(script.indexOf('# Prints'), script.indexOf('\n_omniplace() {'));
    expect(tables(scriptOf('zsh'))).toBe(tables(scriptOf('bash')));
    expect(tables(scriptOf('bash'))).toContain(
      "  'doctor' | 'exec' | 'fetch-dumps' | 'fetch-logs' | 'logs' | 'restart' | 'status' | 'stop') echo '@nodes' ;;\n",
    );
    expect(tables(scriptOf('bash'))).toContain(
      "_omniplace_next() {\n  case $1 in\n  '') echo 'balance completion doctor exec ",
    );
  });

  it('are registered for the program', () => {
    expect(scriptOf('bash').trimEnd().split('\n').at(-1)).toBe('complete -o default -F _omniplace omniplace');
    const zsh = scriptOf('zsh').trimEnd().split('\n');
    expect([zsh[0], zsh.at(-1)]).toEqual([
      '#compdef omniplace',
      'if [[ ${funcstack[1]} == _omniplace ]]; then _omniplace "$@"; else compdef _omniplace omniplace; fi',
    ]);
  });
});
