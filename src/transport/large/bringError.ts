/** The host was reached, but the file is not there. Nothing stands truncated under its name. */
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
