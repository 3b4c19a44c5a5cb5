import { createHash } from 'node:crypto';
import type { DesiredFile } from '../engines/desiredFile.ts';
import type { RunResult } from './host.ts';
import { HostError } from './hostError.ts';
import { contentOf } from './putStream.ts';

/** The host was reached, but the files could not be put there. None of them is truncated under its name. */
export class PutError extends HostError<'no-room' | 'digest' | 'changed-there' | 'refused' | 'local-file' | 'aborted'> {
  override readonly name = 'PutError';
}

/** Why the script of a put did not end well. */
export async function putFault(host: string, files: readonly DesiredFile[], result: RunResult): Promise<PutError> {
  const stderr = result.stderr.trim();
  if (result.ended !== 'exit')
    return new PutError('aborted', host, `putting files on ${host} was ${result.ended}`, null);
  const noRoom = /^no-room (\d+) (\d+) (.*)$/m.exec(result.stdout);
  if (noRoom) return noRoomFault(host, Number(noRoom[1]), Number(noRoom[2]), noRoom[3]!);
  if (/No space left on device|Disk quota exceeded/.test(stderr)) {
    const free = /^free (\d+) (.*)$/m.exec(result.stdout);
    const needed = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    return noRoomFault(host, Number(free?.[1] ?? 0), needed, free?.[2] ?? '/');
  }
  const changedThere = /^changed (.*)$/m.exec(result.stdout)?.[1];
  if (result.code === 74 && changedThere !== undefined) {
    const message = `${changedThere} on ${host} is not what was found when this was planned: somebody changed it meanwhile`;
    return new PutError('changed-there', host, message, 'nothing was replaced; look at it, then run again');
  }
  if (result.code === 72) return digestFault(host, files, result);
  return new PutError('refused', host, `${host} did not take the files: ${stderr || `exit code ${result.code}`}`, null);
}

function noRoomFault(host: string, freeBytes: number, neededBytes: number, mount: string): PutError {
  const message = `no room on ${host}: ${freeBytes} bytes free on ${mount}, ${neededBytes} bytes needed`;
  return new PutError('no-room', host, message, `free at least ${neededBytes - freeBytes} bytes there, and run again`);
}

async function digestFault(host: string, files: readonly DesiredFile[], result: RunResult): Promise<PutError> {
  const arrived = new Set(result.stdout.match(/^digest [0-9a-f]{64}$/gm)?.map((line) => line.slice(7)));
  const wrong = files.find((file) => !arrived.has(file.sha256));
  if (wrong === undefined) return new PutError('digest', host, `files arrived damaged on ${host}`, 'run again');
  if ('hostPath' in wrong.content) {
    const message = `${wrong.content.hostPath} on ${host} is not what was kept: its sha256 is not ${wrong.sha256}`;
    return new PutError('digest', host, message, 'somebody wrote into it; serve brings it anew from here');
  }
  // only now, since hashing again costs as much as sending
  const sum = createHash('sha256');
  for await (const chunk of contentOf(wrong)) sum.update(chunk);
  if (sum.digest('hex') !== wrong.sha256) return changed(host, wrong);
  const message = `${wrong.path} arrived damaged on ${host}: its sha256 is not ${wrong.sha256}`;
  return new PutError(
    'digest',
    host,
    message,
    'run again; if it happens twice, check the disk and memory of that host',
  );
}

export function changed(host: string, file: DesiredFile): PutError {
  const source = 'localPath' in file.content ? file.content.localPath : 'its text';
  const message = `${source} is not what was planned for ${file.path}: it changed meanwhile`;
  return new PutError('local-file', host, message, 'run again when nobody writes to it');
}

export function localFileFault(host: string, error: unknown): PutError {
  const message = error instanceof Error ? error.message : String(error);
  return new PutError('local-file', host, `can't read a file to send: ${message}`, null, { cause: error });
}
