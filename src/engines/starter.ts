import type { JsonObject } from '../deployment/deployment.ts';

/** What an engine adds to a deployment file that is newly written. */
export interface Starter {
  /** Its own keys of `services`. */
  readonly services: JsonObject;
  /** Its own keys of both roles. */
  readonly role?: JsonObject;
  /** Comments by the path of a key: of its own keys, or what the engine makes of others. */
  readonly comments: Readonly<Record<string, string>>;
}

/** What `init` was asked for. */
export interface StarterWish {
  /** Local folder of the engine's code; null: that of the image runs. */
  readonly codePath: string | null;
}
