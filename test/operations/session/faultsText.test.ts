import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/deployment/fault.ts';
import { faultsSummary, faultsText } from '../../../src/operations/session/faultsText.ts';
import { parse, withPart } from '../../deployment/sample.ts';

function shown(text: string): string {
  return faultsText(parse(text).faults, new Map([['c.yml', text]]));
}

describe('faultsText', () => {
  it('shows the place, the line with a caret under the word, and the hint', () => {
    expect(shown(withPart('model_path:', 'modle_path:'))).toBe(
      [
        'c.yml:10:3: error unknown_key: Unknown key `modle_path` in `services`.',
        '  10 |   modle_path: /data/model',
        '     |   ^^^^^^^^^^',
        '  hint: Did you mean `model_path`?',
      ].join('\n'),
    );
  });

  it('shows a piece of a long line', () => {
    expect(shown(withPart('10.0.0.2,10.0.0.3', '10.0.0.2,10.0.0.333'))).toBe(
      [
        'c.yml:6:31: error bad_address: `10.0.0.333` is not an IPv4 address.',
        '  6 | ...: {hosts: "10.0.0.2,10.0.0.333", master_port: 8100, base_api_port:',
        '    |                        ^^^^^^^^^^',
        '  hint: Each of its four numbers is 0 to 255.',
      ].join('\n'),
    );
  });

  it('shows a fault without a place by its file', () => {
    const fault: Fault = {
      code: 'bad_override',
      severity: 'error',
      message: 'No.',
      hint: null,
      file: '-e',
      line: null,
      col: null,
      path: 'a',
    };
    expect(faultsText([fault], new Map())).toBe('-e: error bad_override: No.');
  });

  it('shows no line of a file that is refused unread', () => {
    expect(shown('['.repeat(1000))).toBe('c.yml:1:501: error yaml_syntax: Maps or lists are nested too deeply.');
    expect(shown('a: b\n'.repeat(100_000))).toBe(
      'c.yml:1:1: error file_too_large: The file has 489 KiB; a deployment has at most 128.\n  hint: Is this the right file?',
    );
  });

  it('shows what a file holds without its control characters', () => {
    expect(shown(withPart('model_path:', '"mod\\e[31mel":'))).not.toContain('\u001b');
  });

  it.each([
    ['plain', 'password: canary, usr: root'],
    ['quoted', 'password: "canary, too", usr: root'],
    ['misspelt', 'pasword: canary, usr: root'],
    ['behind an anchor', 'password: &p canary, x: *p, usr: root'],
  ])('takes a secret out of the line (%s), and leaves the caret where it belongs', (_, entries) => {
    const text = withPart('user: root', entries);
    const lines = shown(text).split('\n');
    expect(lines.join('\n')).not.toContain('canary');
    const at = lines.findIndex((line) => line.includes('Unknown key `usr`'));
    const column = lines[at + 2]!.indexOf('^');
    expect(lines[at + 1]!.slice(column, column + 3)).toBe('usr');
  });

  it.each([
    ['a list', 'password: [canary]'],
    ['a list of lists', 'password: [[canary, "canary"]]'],
    ['a map', 'password: {canary: canary}'],
    ['a key', 'passphrase: {canary}'],
    ['beside its source', 'password: {env: PW, value: canary}'],
    ['behind an anchor', 'x-pw: &p [canary], password: *p'],
  ])('never shows a secret of the wrong type, in text or JSON (%s)', (_, entry) => {
    const text = withPart('user: root', `${entry}, user: root`);
    const { faults } = parse(text);
    expect(faults.length).toBeGreaterThan(0);
    expect(shown(text)).not.toContain('canary');
    expect(JSON.stringify(faults)).not.toContain('canary');
  });

  it('shows where a secret is kept', () => {
    expect(shown(withPart('user: root', 'usr: root, password: {env: CLUSTER_PW}'))).toContain('{env: CLUSTER_PW}');
  });

  it.each([
    ['over several lines', 'services:\n  password: |\n    canary\n    canary\n'],
    ['in a file that is no YAML', 'a: {password: canary\n  b: : }\npassword: canary\n'],
    ['in a file that is no YAML, quoted', 'password: "canary\n'],
  ])('never shows a secret %s', (_, text) => {
    const everyLine = text.split('\n').map(
      (_, i): Fault => ({
        code: 'yaml_syntax',
        severity: 'error',
        message: 'x.',
        hint: null,
        file: 'f',
        line: i + 1,
        col: 1,
        path: '',
      }),
    );
    expect(faultsText(everyLine, new Map([['f', text]]))).not.toContain('canary');
  });
});

describe('faultsSummary', () => {
  it('counts errors and warnings', () => {
    const { faults } = parse(withPart('private_key: ~/.ssh/id', 'password: x, a: 1, b: 2'));
    expect(faultsSummary(['c.yml'], faults)).toBe('c.yml: 2 errors, 1 warning');
    expect(faultsSummary(['c.yml', 'd.yml'], faults.slice(0, 1))).toMatch(/^2 files: 1 (error|warning)$/);
    expect(faultsSummary(['c.yml'], [])).toBe('c.yml: no faults');
  });
});
