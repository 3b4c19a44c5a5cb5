/** The lab can't do what was asked; `hint` says what would help. */
export class LabError extends Error {
  override readonly name = 'LabError';

  constructor(
    readonly code: LabErrorCode,
    message: string,
    readonly hint: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export type LabErrorCode = 'lab_usage' | 'lab_machine' | 'lab_missing' | 'lab_busy' | 'lab_process' | 'lab_not_ready';
