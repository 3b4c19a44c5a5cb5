import { expect, it } from 'vitest';
import { readKept } from '../../../src/operations/generations/readKept.ts';
import type { RemoteHost, RunResult } from '../../../src/transport/host.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';

async function problemOf(answer: (mark: string) => Partial<RunResult>): Promise<string | null> {
  const run = async (script: string) => {
    const mark = /@@[0-9a-f]{16} /.exec(script)![0];
    return { code: 0, stdout: '', stderr: '', durationMs: 1, ended: 'exit', ...answer(mark) };
  };
  const open = async () => ({ run }) as unknown as RemoteHost;
  const [found] = await readKept(open, ['10.0.0.1'], fakeDeployment(), new AbortController().signal);
  return found!.problem;
}

it('calls an answer that is not one an error of its host, and nothing kept a fact', async () => {
  expect(await problemOf(() => ({ stdout: 'This account is not available.\n', code: 1 }))).toBe(
    'its answer is not a list of generations (exit code 1: This account is not available.)',
  );
  expect(await problemOf(() => ({ code: 127, stderr: 'sh: not found' }))).toBe(
    'its answer is not a list of generations (exit code 127: sh: not found)',
  );
  expect(await problemOf(() => ({ code: null, ended: 'deadline' }))).toBe('it did not report what it keeps (deadline)');
  expect(await problemOf((mark) => ({ stdout: `\n${mark}kept\n\u0000garbage\n\n${mark}end\n` }))).toBe(
    'its list of generations can not be read',
  );
  expect(await problemOf((mark) => ({ stdout: `motd\n\n${mark}kept\n\n${mark}end\n` }))).toBeNull();
});
