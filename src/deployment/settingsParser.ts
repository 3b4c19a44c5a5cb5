import type { ServerRole } from './deployment.ts';
import type { Documents, Values } from './layers.ts';
import type { Services } from './schema.gen.ts';
import type { SchemaFault } from './schemaFaults.ts';
import type { WrittenGroup } from './writtenGroups.ts';

/**
 * How an engine reads its own keys of a deployment file, those of its `settings.schema.json`. What it makes of them is kept as
 * `engineSettings`, whose form is the engine's own: its `settings.ts` reads it.
 */
export interface SettingsParser<Own, OfRole, OfProxy> {
  /** `services`, with the schema's defaults. */
  services(written: Services, local: LocalFiles): Own;
  /** What counts for an instance, or for one of its hosts: as written, and what the schema has for the role. */
  role(written: Values, defaults: Values, place: RolePlace): OfRole;
  /** What counts for the proxy, with the schema's defaults. */
  proxy(written: Values): OfProxy;
  /** Keys of other engines that it does without, and what to do instead, as a sentence. */
  readonly instead?: Readonly<Record<string, string>>;
  /** What is wrong with its keys, one by one or together, in a file that satisfies the schema. */
  faults(file: WrittenFile): readonly WrittenFault[];
}

/** The parser of any engine. */
export type AnySettingsParser = SettingsParser<unknown, unknown, unknown>;

/** Local paths of the file, made absolute. */
export interface LocalFiles {
  path(written: string): string;
  /** The files that match a pattern, sorted; the pattern where none does. */
  expand(written: string): readonly string[];
}

/** An instance, or one of its hosts. */
export interface RolePlace {
  readonly role: ServerRole;
  /** Name of its group. */
  readonly group: string;
  /** Dies of the whole instance. */
  readonly numDies: number;
  /** On the hosts. */
  readonly logPath: string;
  /** A local path of the file, made absolute. */
  readonly local: (written: string) => string;
}

/** A deployment file as it is written. */
export interface WrittenFile {
  readonly documents: Documents;
  readonly groups: readonly WrittenGroup[];
}

export interface WrittenFault extends SchemaFault {
  readonly severity?: 'warning';
}
