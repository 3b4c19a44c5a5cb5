import { readdirSync, readFileSync } from 'node:fs';
import type { Deployment } from '../../src/deployment/deployment.ts';
import type { Fault } from '../../src/deployment/fault.ts';
import { filesOf } from '../../src/engines/artifact.ts';
import type { DesiredNode } from '../../src/engines/desired.ts';
import { desiredOf } from '../../src/engines/desiredOf.ts';
import { engineOf } from '../../src/engines/index.ts';
import { readDeployment } from '../../src/engines/readDeployment.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import { quote } from '../../src/shell/quote.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { freshHost } from './facts.ts';
import { NO_INPUTS } from './inputs.ts';

/** Example deployments of vLLM. */
export const VLLM_INVENTORIES: readonly string[] = readdirSync(new URL('../../inventories', import.meta.url))
  .filter((name) => name.startsWith('vllm-'))
  .map((name) => name.replace('.yml', ''));

export function vllmInventory(name: string): string {
  return readFileSync(new URL(`../../inventories/${name}.yml`, import.meta.url), 'utf8');
}

export interface RenderedVllm {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly nodes: Readonly<Record<string, DesiredNode>>;
  readonly faults: readonly Fault[];
}

/** A deployment file of vLLM as `render` makes it, with the faults of its engine. @throws Error for a file that can't be read */
export function renderedVllm(text: string): RenderedVllm {
  const place = { file: 'vllm.yml', directory: '/inventories', home: '/home/user' };
  const { deployment, faults, positions } = readDeployment(text, place);
  if (deployment === null) throw new Error(faults.map(({ message }) => message).join('\n'));
  const engine = engineOf('vllm');
  const topology = topologyOf(deployment);
  const facts = Object.fromEntries(
    topology.hosts.map(({ address }) => [address, freshHost(address, deployment.image, {})]),
  );
  const { nodes } = desiredOf(engine, deployment, topology, facts, NO_INPUTS);
  const found = [...faults, ...engine.checks(deployment, topology, NO_INPUTS, positions)];
  return { deployment, topology, nodes, faults: found };
}

/** Each node with its container and its files, as text. */
export function renderedText({ nodes }: RenderedVllm): string {
  return Object.values(nodes)
    .map(({ node, host, container, artifacts }) => {
      const files = filesOf({ artifacts }).map((file) => `--- ${file.path}\n${textOf(file)}`);
      return `=== ${node} on ${host}\n${quote(container.run)}\n${files.join('\n')}`;
    })
    .join('\n');
}

function textOf({ content }: { readonly content: object }): string {
  return 'text' in content ? String(content.text) : '';
}
