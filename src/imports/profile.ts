import type { JsonObject } from '../deployment/deployment.ts';
import { isObject } from './foreignDocument.ts';
import type { InventoryHost } from './inventory.ts';

/** What one host's `env` and `args` say; a value taken from the environment (`$API_PORT`) is looked up there. */
export class Profile {
  readonly name: string;
  readonly #env: Readonly<Record<string, unknown>>;
  readonly #args: Readonly<Record<string, unknown>>;

  constructor(host: InventoryHost) {
    this.name = host.name;
    this.#env = mapOf(host.get('env'));
    this.#args = mapOf(host.get('args'));
  }

  env(name: string): string | null {
    return this.#filledIn(this.#env[name]);
  }

  arg(name: string): string | null {
    return this.#filledIn(this.#args[name]);
  }

  /** A map among the arguments. */
  argMap(name: string): JsonObject {
    return mapOf(this.#args[name]) as JsonObject;
  }

  argNames(): readonly string[] {
    return Object.keys(this.#args);
  }

  /** The environment as it is written. */
  environment(): readonly (readonly [name: string, value: unknown])[] {
    return Object.entries(this.#env);
  }

  #filledIn(value: unknown): string | null {
    if (value === undefined || value === null || isObject(value)) return null;
    const variable = /^\$\{?(\w+)\}?$/.exec(String(value))?.[1];
    if (variable !== undefined) return this.#env[variable] === value ? null : this.#filledIn(this.#env[variable]);
    return String(value).includes('$') ? null : String(value);
  }
}

function mapOf(value: unknown): Record<string, unknown> {
  return isObject(value) && !Array.isArray(value) ? value : {};
}
