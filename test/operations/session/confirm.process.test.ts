import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildController, type Controller } from '../../fakes/controller.ts';
import { unless } from '../../fakes/unless.ts';

const missing = spawnSync('python3', ['-c', 'import pty']).status === 0 ? null : 'python3 is not installed';

const PROGRAM = `
import { confirmDisruption, confirmOutage } from './src/operations/session/confirm.ts';
import { describeError } from './src/cli/describeError.ts';
import { onInterrupt } from './src/operations/session/interrupt.ts';
async function main() {
  const step = { disruptive: true, node: 'p0', host: '10.0.0.1', title: 'stop server', because: 'asked for' };
  const { signal } = onInterrupt(() => {});
  try {
    const plan = { cluster: 'r1', steps: [step] } as any;
    const outage = { role: 'prefill', nodes: ['p0'], isLast: true, others: [], requests: 'new requests fail', startsAgain: true, lastStartS: 245 } as const;
    if (process.argv.includes('outage')) await confirmOutage(plan, [outage], { yes: true, last: process.argv.includes('last') }, signal);
    else await confirmDisruption(plan, false, signal);
    process.stderr.write('went on\\n');
  } catch (error) {
    const { text, exitCode } = describeError(error);
    process.stderr.write(text + '\\n');
    process.exitCode = exitCode;
  }
  process.exit();
}`;

/** Gives a program a terminal and types at its question; prints what was on the screen, then the exit code. */
const TERMINAL = `
import os, pty, signal, sys
answer, argv = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0: os.execvp(argv[0], argv)
screen, typed = b'', False
while True:
    try: chunk = os.read(terminal, 4096)
    except OSError: break
    if not chunk: break
    screen += chunk
    if not typed and (b'[y/N] ' in screen or b'continue: ' in screen):
        typed = True
        if answer == 'TERM': os.kill(pid, signal.SIGTERM)
        else: os.write(terminal, answer.encode())
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(screen.replace(b'\\r', b'') + b'exit %d' % status)
`;

describe('the question before something that runs is stopped', unless(missing), () => {
  let program: Controller;
  beforeAll(async () => {
    program = await buildController(PROGRAM);
  });
  afterAll(() => program?.remove());

  function answered(answer: string, ...args: string[]): string[] {
    const argv = ['-c', TERMINAL, answer, process.execPath, program.file, '{}', ...args];
    const { stdout } = spawnSync('python3', argv, { encoding: 'utf8', timeout: 60_000 });
    return stdout.replaceAll(/\x1b\[[\d;]*[A-Za-z]/g, '').split('\n');
  }

  it('takes yes for yes', () => {
    const lines = answered('y\r');
    expect(lines.slice(0, 2)).toEqual(['This stops or removes what runs:', '  p0 10.0.0.1: stop server (asked for)']);
    expect(lines.slice(-2)).toEqual(['went on', 'exit 0']);
  });

  it('takes anything else for no', () => {
    expect(answered('\r').slice(-2)).toEqual(['error not_confirmed: Nothing was touched.', 'exit 2']);
  });

  it('takes Ctrl-D for no', () => {
    expect(answered('\x04').slice(-3)).toEqual([
      'Go on? [y/N] ',
      'error not_confirmed: Nothing was touched.',
      'exit 2',
    ]);
  });

  it.each([
    ['Ctrl-C', '\x03'],
    ['a signal', 'TERM'],
  ])('ends at %s as interrupted', (_, key) => {
    expect(answered(key).slice(-3)).toEqual(['Go on? [y/N] ', 'error interrupted: Nothing was touched.', 'exit 130']);
  });

  it('takes the name of the cluster where nothing else serves a role, and no --yes', () => {
    const lines = answered('r1\r', 'outage');
    expect(lines.slice(0, 3)).toEqual([
      'This stops or removes what runs:',
      '  prefill: p0 is all that serves it: new requests fail, for about 4 min 05 s (its last start)',
      '  p0 10.0.0.1: stop server (asked for)',
    ]);
    expect(lines.slice(-3)).toEqual(['Type the name of the cluster (r1) to continue: r1', 'went on', 'exit 0']);
    expect(answered('y\r', 'outage').slice(-2)).toEqual(['error not_confirmed: Nothing was touched.', 'exit 2']);
  });

  it('asks nothing more with --last and --yes', () => {
    expect(answered('', 'outage', 'last')).toEqual(['went on', 'exit 0']);
  });

  it('refuses without a terminal, and names --last', () => {
    const { stderr, status } = spawnSync(process.execPath, [program.file, '{}', 'outage'], {
      encoding: 'utf8',
      input: '',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('hint: Nothing would serve that role meanwhile: add --last if that is meant.');
  });
});
