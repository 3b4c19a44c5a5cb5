import type { Group } from '../../../deployment/deployment.ts';
import { readDeployment } from '../../../engines/readDeployment.ts';

/** A deployment file with the settings of a known deployment, for hosts that are to be given. */
export interface Recipe {
  readonly name: string;
  /** `DeepSeek-R1, W8A8` */
  readonly model: string;
  readonly hardware: string;
  /** `2P1D` */
  readonly size: string;
  readonly hosts: RecipeHosts;
  readonly connector: string;
  /** The state of the engine's code that the settings are for, as docs/contract.md names it. */
  readonly dialect: string;
  readonly source: RecipeSource;
  /** Folder of the model that the file names. */
  readonly modelPath: string;
  readonly text: string;
}

/** Addresses in the file, in the order in which hosts are given: those that prefill has, then the rest. */
export interface RecipeHosts {
  readonly prefill: readonly string[];
  readonly decode: readonly string[];
  readonly all: readonly string[];
}

export interface RecipeSource {
  readonly repository: string;
  readonly commit: string;
  readonly path: string;
}

/** Reads a recipe: its first comment has its origin, the rest follows from the file. @throws Error where one is missing */
export function parseRecipe(name: string, text: string): Recipe {
  const { deployment, faults } = readDeployment(text, { file: `${name}.yml`, directory: '/', home: '/' });
  if (deployment === null) throw new Error(`${name}: ${faults.map(({ message }) => message).join(' ')}`);
  const prefill = addressesOf(deployment.prefill);
  const decode = addressesOf(deployment.decode);
  const [repository = '', commit = '', path = ''] = headerLine(name, text, 'Source').split(' ');
  return {
    name,
    model: headerLine(name, text, 'Model'),
    hardware: headerLine(name, text, 'Hardware'),
    size: `${deployment.prefill.length}P${deployment.decode.length}D`,
    hosts: { prefill, decode, all: [...new Set([...prefill, ...decode])] },
    connector: headerLine(name, text, 'Connector'),
    dialect: headerLine(name, text, 'Dialect'),
    source: { repository, commit, path },
    modelPath: deployment.modelPath,
    text,
  };
}

/** `6 (2 prefill, 4 decode)` */
export function recipeHostsText({ prefill, decode, all }: RecipeHosts): string {
  const shared = prefill.filter((address) => decode.includes(address)).length;
  if (shared === all.length) return `${all.length} (prefill and decode)`;
  const parts = [
    [prefill.length - shared, 'prefill'],
    [decode.length - shared, 'decode'],
    [shared, 'both'],
  ] as const;
  const counted = parts.filter(([count]) => count > 0).map(([count, role]) => `${count} ${role}`);
  return `${all.length} (${counted.join(', ')})`;
}

function addressesOf(groups: readonly Group[]): readonly string[] {
  return [...new Set(groups.flatMap(({ hosts }) => hosts.map(({ address }) => address)))];
}

function headerLine(name: string, text: string, key: string): string {
  const value = new RegExp(`^# ${key}: (.+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`${name}: no line '# ${key}: ..' in its first comment`);
  return value;
}
