import type { Deployment } from '../../../deployment/deployment.ts';
import { vllmSettings } from '../vllmSettings.ts';
import type { FlagTable } from './flag.ts';
import { FLAG_TABLES } from './flags.gen.ts';

export interface UsedTable {
  readonly table: FlagTable;
  /** In a sentence: `vLLM v0.27.1`. */
  readonly called: string;
  /** It is the table of the version that runs: what it does not have is an error. */
  readonly isExact: boolean;
  /** Of the deployment; null: not known. */
  readonly runs: string | null;
  /** It is older than every table. */
  readonly isOlder: boolean;
}

/** Of the version in the deployment file, or in the image's tag; else the nearest. */
export function usedTable(deployment: Deployment): UsedTable {
  const version = vllmSettings(deployment).version ?? tagVersion(deployment.image);
  if (version === null) {
    const table = FLAG_TABLES.at(-1)!;
    return { table, called: `vLLM ${table.version}, which is assumed`, isExact: false, runs: null, isOlder: false };
  }
  const distance = (table: FlagTable) => Math.abs(order(table.version) - order(version));
  const table = FLAG_TABLES.reduce((best, next) => (distance(next) < distance(best) ? next : best));
  if (distance(table) === 0)
    return { table, called: `vLLM ${table.version}`, isExact: true, runs: version, isOlder: false };
  return {
    table,
    called: `vLLM ${table.version}, the nearest to ${version} that is known`,
    isExact: false,
    runs: version,
    isOlder: order(version) < order(FLAG_TABLES[0]!.version),
  };
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
