import { HostError } from '../hostError.ts';
/** The host was reached, but the file is not there. Nothing is truncated under its name. */
export class BringError extends HostError<'no-room' | 'digest' | 'refused' | 'local-file' | 'stalled' | 'aborted'> {
  override readonly name = 'BringError';
}

/** @param at the file system, or a folder on it */
export function noRoom(host: string, path: string, free: number, needed: number, at: string): BringError {
  const message = `no room on ${host} for ${path}: ${free} bytes free on ${at}, ${needed} bytes needed`;
  return new BringError('no-room', host, message, `free at least ${needed - free} bytes there, and run again`);
}
