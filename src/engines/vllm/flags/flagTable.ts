import type { Deployment } from '../../../deployment/deployment.ts';
import { vllmSettings } from '../vllmSettings.ts';
import { FLAG_TABLES } from './flags.gen.ts';

/** An argument of `vllm serve`, as its definition has it. */
export interface Flag {
  /** switch: has no value; flag: has none, or is written --no-..; human: a number, perhaps with k, M, G behind it. */
  readonly type: 'switch' | 'flag' | 'int' | 'human' | 'float' | 'json' | 'text';
  readonly aliases?: readonly string[];
  readonly choices?: readonly (string | number)[];
  readonly ge?: number;
  readonly gt?: number;
  readonly le?: number;
  readonly lt?: number;
  /** It takes several values. */
  readonly many?: true;
  /** It can be written without a value. */
  readonly optional?: true;
}

/** What a version of vLLM accepts: facts, read from its source. */
export interface FlagTable {
  /** `v0.27.1` */
  readonly version: string;
  readonly commit: string;
  readonly date: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** Keys of arguments that are JSON. */
  readonly jsonKeys: Readonly<Record<string, readonly string[]>>;
  readonly connectors: readonly string[];
  /** Environment variables whose names begin with VLLM_. */
  readonly variables: readonly string[];
}

export interface UsedTable {
  readonly table: FlagTable;
  /** In a sentence: `vLLM v0.27.1`. */
  readonly called: string;
  /** It is the table of the version that runs: what it does not have is an error. */
  readonly isExact: boolean;
}

/** Of the version in the deployment file, or in the image's tag; else the nearest. */
export function usedTable(deployment: Deployment): UsedTable {
  const version = vllmSettings(deployment).version ?? tagVersion(deployment.image);
  if (version === null) {
    const table = FLAG_TABLES.at(-1)!;
    return { table, called: `vLLM ${table.version}, which is assumed`, isExact: false };
  }
  const exact = FLAG_TABLES.find((table) => order(table.version) === order(version));
  if (exact !== undefined) return { table: exact, called: `vLLM ${exact.version}`, isExact: true };
  const older = FLAG_TABLES.filter((table) => order(table.version) < order(version));
  const table = older.at(-1) ?? FLAG_TABLES[0]!;
  return { table, called: `vLLM ${table.version}, the nearest to ${version} that is known`, isExact: false };
}

/** Versions that have a flag. */
export function versionsWith(flag: string): readonly string[] {
  return FLAG_TABLES.filter(({ flags }) => Object.hasOwn(flags, flag)).map(({ version }) => version);
}

function tagVersion(image: string): string | null {
  const [, version] = /:v?(\d+\.\d+(?:\.\d+)?)(?![\d.])[^/]*$/.exec(image) ?? [];
  return version ?? null;
}

/** A number that grows with the version. */
function order(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, '').split('.').map(Number);
  return (major * 1000 + minor) * 1000 + patch;
}
