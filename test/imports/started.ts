import { expect } from 'vitest';
import type { Deployment } from '../../src/deployment/deployment.ts';
import { filesOf } from '../../src/engines/artifact.ts';
import { desiredOf } from '../../src/engines/desiredOf.ts';
import { omniEngine } from '../../src/engines/omni/index.ts';
import { readDeployment } from '../../src/engines/readDeployment.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import { assembleDeployment, type ForeignFile, type ImportedCluster, importFiles } from '../../src/imports/index.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import { freshFacts } from '../fakes/facts.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';

export interface Import {
  readonly cluster: ImportedCluster;
  readonly text: string;
  readonly deployment: Deployment;
  /** `file:line: path: value` of everything left over. */
  readonly left: readonly string[];
}

/** Imports files and reads the result as `serve` would; fails when it has an error. */
export function imported(...files: readonly ForeignFile[]): Import {
  const cluster = importFiles(files);
  const text = assembleDeployment(
    cluster,
    files.map(({ file }) => file),
  );
  const parsed = readDeployment(text, { file: 'imported.yml', directory: '/d', home: '/home/me' });
  expect(parsed.faults).toEqual([]);
  const left = cluster.leftovers.map(({ file, line, path, value }) => `${file}:${line}: ${path}: ${value}`);
  return { cluster, text, left, deployment: parsed.deployment! };
}

/** What starts a node: its container's name, the arguments of pd_run.sh or global_proxy.sh, the exported environment. */
export function started(
  deployment: Deployment,
  name: NodeName,
): { container: string; args: Record<string, string>; env: Record<string, string> } {
  const topology = topologyOf(deployment);
  const node = desiredOf(omniEngine, deployment, topology, freshFacts(topology, deployment.image), NO_INPUTS).nodes[
    name
  ]!;
  const script = filesOf(node).find(({ path }) => /run_\w+\.sh$/.test(path))!;
  const text = 'text' in script.content ? script.content.text : '';
  const pairs = (pattern: RegExp) =>
    Object.fromEntries([...text.matchAll(pattern)].map(([, key = '', value = '']) => [key, unquoted(value)]));
  return {
    container: node.container.name,
    args: pairs(/^ {2}(--[\w-]+) (.*?)(?: \\)?$/gm),
    env: pairs(/^export (\w+)=(.*)$/gm),
  };
}

function unquoted(word: string): string {
  return /^'.*'$/.test(word) ? word.slice(1, -1) : word;
}
