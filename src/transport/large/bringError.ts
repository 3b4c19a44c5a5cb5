/** The host was reached, but the file is not there. Nothing is truncated under its name. */
export class BringError extends Error {
  override readonly name = 'BringError';

  constructor(
    readonly code: 'no-room' | 'digest' | 'refused' | 'local-file' | 'stalled' | 'aborted',
    readonly host: string,
    message: string,
    readonly hint: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** @param at the file system, or a folder on it */
export function noRoom(host: string, path: string, free: number, needed: number, at: string): BringError {
  const message = `no room on ${host} for ${path}: ${free} bytes free on ${at}, ${needed} bytes needed`;
  return new BringError('no-room', host, message, `free at least ${needed - free} bytes there, and run again`);
}
