import { describe, expect, it } from 'vitest';
import { describeError } from '../../src/cli/describeError.ts';
import { EXIT } from '../../src/errors/exitCodes.ts';
import { UserError } from '../../src/errors/userError.ts';
import { TransportError } from '../../src/transport/host.ts';
import { PutError } from '../../src/transport/putError.ts';

describe('describeError', () => {
  it('shows a user error in two lines, without a stack', () => {
    const error = new UserError('locked', 'Another run holds the cluster.', {
      hint: 'Wait for it.',
      exitCode: EXIT.locked,
    });
    expect(describeError(error)).toEqual({
      exitCode: 5,
      text: 'error locked: Another run holds the cluster.\n  hint: Wait for it.',
      json: { error: { code: 'locked', message: 'Another run holds the cluster.', hint: 'Wait for it.' } },
    });
  });

  it('takes a user error for bad usage unless it says otherwise', () => {
    expect(describeError(new UserError('x', 'y.')).exitCode).toBe(2);
  });

  it("shows oclif's own errors as bad usage", () => {
    const error = Object.assign(new Error('Nonexistent flag: --foo\nSee more help with --help'), {
      oclif: { exit: 2 },
    });
    expect(describeError(error)).toMatchObject({
      exitCode: 2,
      text: 'error bad_usage: Nonexistent flag: --foo\n  See more help with --help',
    });
  });

  it.each(['Note: --limit allows', 'Note: --override, --limit, --only allow'])(
    'leaves out the note "%s ..."',
    (note) => {
      const message =
        'Missing 1 required arg:\ndeployment  deployment file' +
        `\n\n${note} multiple values. Because of this you need to provide all arguments before providing that flag.` +
        '\nAlternatively, you can use "--" to signify the end of the flags and the beginning of arguments.' +
        '\nSee more help with --help';
      expect(describeError(Object.assign(new Error(message), { oclif: { exit: 2 } })).text).toBe(
        'error bad_usage: Missing 1 required arg:\n  deployment  deployment file\n  See more help with --help',
      );
    },
  );

  it("takes a host that can't be reached for the host's fault", () => {
    const error = new TransportError('no-shell', '10.0.0.1', '10.0.0.1 does not run commands', 'try ssh');
    expect(describeError(error)).toEqual({
      exitCode: 4,
      text: 'error no_shell: 10.0.0.1 does not run commands\n  hint: try ssh',
      json: { error: { code: 'no_shell', message: '10.0.0.1 does not run commands', hint: 'try ssh' } },
    });
    const stopped = new TransportError('interrupted', '10.0.0.1', 'interrupted before 10.0.0.1 was reached', null);
    expect(describeError(stopped).exitCode).toBe(130);
    expect(describeError(new PutError('no-room', '10.0.0.1', 'the disk is full', null)).exitCode).toBe(3);
  });

  it('calls anything else a bug of ours, with its stack and causes', () => {
    const cause = new RangeError('too far');
    const { exitCode, text, json } = describeError(new TypeError('no such thing', { cause }));
    expect(exitCode).toBe(70);
    expect(text).toMatch(
      /^TypeError: no such thing\n {4}at .*\ncaused by RangeError: too far\n {4}at .*This is a bug in omniplace\./s,
    );
    expect(json.error).toMatchObject({ code: 'bug', message: 'no such thing' });
  });
});
