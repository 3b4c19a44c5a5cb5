import type { JsonObject } from '../deployment/deployment.ts';
import type { Leftover } from './foreignDocument.ts';

/** A cluster as another tool's files describe it, in our words but not yet as a deployment file. */
export interface ImportedCluster {
  /** `an Ansible inventory` */
  readonly format: string;
  readonly prefill: readonly ImportedInstance[];
  readonly decode: readonly ImportedInstance[];
  readonly proxy: ImportedProxy | null;
  /** Keys of `services`, as the deployment file writes them. */
  readonly services: JsonObject;
  /** Where a key's value needs a word: dotted path of the deployment file -> comment. */
  readonly comments: Readonly<Record<string, string>>;
  /** For whoever reads the result: what was understood how, and what to do. */
  readonly notes: readonly string[];
  readonly leftovers: readonly Leftover[];
}

export interface ImportedInstance {
  /** Key of the group; null: by its place. */
  readonly group: string | null;
  /** Master first. */
  readonly hosts: readonly ImportedHost[];
  /** Keys of role settings, as the deployment file writes them. */
  readonly settings: JsonObject;
}

export interface ImportedHost {
  /** What the other tool calls it: `p0`. */
  readonly name: string;
  readonly address: string;
  readonly login: ImportedLogin;
  readonly masterPort: number | string;
  readonly baseApiPort: number | string;
  /** `0,1,2,3` */
  readonly dies: string;
  /** Keys of role settings that only this host has. */
  readonly settings?: JsonObject;
}

export interface ImportedProxy {
  readonly name: string;
  readonly address: string;
  readonly login: ImportedLogin;
  readonly listenPort: number | string;
  /** Further keys of `deployment.proxy`. */
  readonly keys: JsonObject;
}

/** Keys of a login, as the deployment file writes them. A password is never copied: only where it is to come from. */
export type ImportedLogin = JsonObject;
