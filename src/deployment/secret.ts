import type { Argv } from '../shell/argv.ts';

/**
 * Where a secret comes from. The value itself is read only by commands that touch hosts, at the last moment
 * (`cli/` resolves it), and lives in a {@link Secret}, which can't be printed.
 */
export type SecretSource =
  | { readonly from: 'env'; readonly variable: string }
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'command'; readonly argv: Argv }
  | { readonly from: 'plain'; readonly value: Secret };

/** A value that shows itself to nobody who did not ask for it by `reveal()`: not in text, JSON or `util.inspect`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[REDACTED]';
  }

  toJSON(): string {
    return '[REDACTED]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[REDACTED]';
  }
}
