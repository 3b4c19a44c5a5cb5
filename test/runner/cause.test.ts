import { describe, expect, it } from 'vitest';
import { causeOf, failureWords } from '../../src/runner/cause.ts';

describe('the cause of a failure', () => {
  it.each([
    [
      ['docker: Error response from daemon: pull access denied for x.', "See 'docker run --help'."],
      'docker: Error response from daemon: pull access denied for x.',
    ],
    [
      [
        'Traceback (most recent call last):',
        '  File "a.py", line 3, in f',
        'RuntimeError: NPU out of memory',
        'cleaning up',
      ],
      'RuntimeError: NPU out of memory',
    ],
    [['Unknown option: --old', 'Usage: run.sh', '  --option-1', '...', '  --option-9'], 'Unknown option: --old'],
    [['loading', 'done', ''], 'done'],
    [['torch.OutOfMemoryError: 3 GiB', 'ERROR 11-21 engine core failed to start'], 'torch.OutOfMemoryError: 3 GiB'],
  ])('is the line that names an error, else the last one', (output, cause) => {
    expect(causeOf(output)).toBe(cause);
  });

  it('comes before the exit code', () => {
    expect(failureWords(125, ['no such image'])).toBe('no such image (exit code 125)');
    expect(failureWords(3, [' '])).toBe('exit code 3, without a word');
  });
});
