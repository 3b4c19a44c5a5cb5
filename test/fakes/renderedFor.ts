import { readFileSync } from 'node:fs';
import type { Deployment } from '../../src/deployment/deployment.ts';
import type { DesiredNode } from '../../src/engines/desired.ts';
import { desiredOf } from '../../src/engines/desiredOf.ts';
import type { Dialect } from '../../src/engines/omni/dialect/dialect.ts';
import { omniEngine } from '../../src/engines/omni/index.ts';
import { omniSettings } from '../../src/engines/omni/settings.ts';
import { readDeployment } from '../../src/engines/readDeployment.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { freshHost, readDialect } from './facts.ts';
import { NO_INPUTS } from './inputs.ts';

export type Launcher = 'pd_run' | 'api_servers';

export interface Rendered {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly nodes: Readonly<Record<string, DesiredNode>>;
}

const CONFIG = JSON.stringify({
  num_hidden_layers: 61,
  first_k_dense_replace: 3,
  n_routed_experts: 256,
  num_experts_per_tok: 8,
});

/** A deployment file as `render` makes it for hosts whose image has this dialect. */
export function renderedFor(file: URL, dialect: Dialect, launcher: Launcher = 'pd_run'): Rendered {
  const text = readFileSync(file, 'utf8').replace(/^services:$/m, `services:\n  launcher: ${launcher}`);
  return renderedText(text, file.pathname, dialect);
}

/** As {@link renderedFor}, of a text. */
export function renderedText(text: string, file: string, dialect: Dialect): Rendered {
  const place = { file, directory: '/inventories', home: '/home/user' };
  const { deployment, faults } = readDeployment(text, place);
  const errors = faults.filter(({ severity }) => severity === 'error');
  if (deployment === null || errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  const topology = topologyOf(deployment);
  const texts = { [`${deployment.modelPath}/config.json`]: CONFIG };
  const facts = Object.fromEntries(
    topology.hosts.map(({ address }) => [
      address,
      freshHost(address, deployment.image, { texts, dialect: readDialect(dialect) }),
    ]),
  );
  const { codePath } = omniSettings(deployment);
  const trees = codePath === null ? {} : { [`${codePath}/omniinfer`]: 'c0de' };
  const { nodes, unknown } = desiredOf(omniEngine, deployment, topology, facts, { ...NO_INPUTS, trees });
  if (unknown.length > 0) throw new Error(`facts are missing: ${unknown.map(({ fact }) => fact).join(', ')}`);
  return { deployment, topology, nodes };
}

/** Example deployments of OmniInfer, all but those for the lab. */
export const INVENTORIES = [
  '1p1d',
  '2p1d',
  '4p1d',
  '8p1d',
  'uneven',
  'two-host-prefill',
  '1machine2p',
  '2p2d',
  'mixed',
  'proxy-apart',
  'ordinary-user',
] as const;

export function inventoryFile(name: string): URL {
  return new URL(`../../inventories/${name}.yml`, import.meta.url);
}
