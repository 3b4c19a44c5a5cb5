/** Ends omniplace after everything is said: in the form oclif's last error handler knows, which exits and prints nothing. */
export class Ended extends Error {
  readonly code = 'EEXIT';
  readonly oclif: { readonly exit: number };
  readonly skipOclifErrorHandling = true;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.oclif = { exit: exitCode };
  }
}
