/** Ends omniplace after everything is printed: in the form of oclif's last error handler, which exits and prints nothing. */
export class Ended extends Error {
  readonly code = 'EEXIT';
  readonly oclif: { readonly exit: number };
  readonly skipOclifErrorHandling = true;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.oclif = { exit: exitCode };
  }
}
