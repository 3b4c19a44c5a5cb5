/** What was found of one node whose server did not come up. */
export interface Evidence {
  readonly node: string;
  readonly host: string;
  /** Null: its host could not be asked. */
  readonly found: Found | null;
}

export interface Found {
  /** Text by path below the node's folder: configs, scripts, rank tables. */
  readonly files: Readonly<Record<string, string>>;
  /** sha256 by the same paths, of large files too. */
  readonly digests: Readonly<Record<string, string>>;
  /** Files that should have another digest, or that are not there. */
  readonly wrongFiles: readonly string[];
  /** Of its youngest process, without what may be secret; empty where none runs. */
  readonly environment: Readonly<Record<string, string>>;
  /** `runs`, `exit code 1`, `gone` */
  readonly state: string;
  /** By what it is for: `rank 3`, and whether somebody listens. */
  readonly ports: Readonly<Record<string, boolean>>;
  /** Interfaces of the host that have an address. */
  readonly interfaces: readonly string[];
  /** The end of its newest log. */
  readonly lastWords: readonly string[];
}
