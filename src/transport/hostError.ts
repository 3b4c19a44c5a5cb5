/** What went wrong with a host: a code for programs, words and a hint for people. */
export abstract class HostError<Code extends string> extends Error {
  constructor(
    readonly code: Code,
    readonly host: string,
    message: string,
    readonly hint: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
