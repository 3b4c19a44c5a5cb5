import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { boundPorts } from '../../src/engines/boundPorts.ts';
import { engineOf } from '../../src/engines/index.ts';
import { readDeployment } from '../../src/engines/readDeployment.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import { checkTopology } from '../../src/topology/checks.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';

const FOLDER = new URL('../../inventories/', import.meta.url);

/** What an inventory's own words warn of; every other one has nothing against it. */
const WARNINGS: Readonly<Record<string, readonly string[]>> = {
  '4p1d.yml': [
    'port_collision: Port 8080 of 10.0.0.1 is the master port of p0, and is bound by the proxy c0 (8080).',
    'engine_value: max_model_len is 16384 in decode group1 and 32000 in prefill group1: decode refuses longer prompts that prefill has computed.',
  ],
  '2p2d.yml': ['several_decode_groups: There are 2 decode groups; OmniInfer vouches for one.'],
};

function faultsOf(name: string): readonly string[] {
  const text = readFileSync(new URL(name, FOLDER), 'utf8');
  const parsed = readDeployment(text, { file: name, directory: '/inventories', home: '/home/user' });
  const inWords = parsed.faults.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
  if (parsed.deployment === null) return inWords;
  const engine = engineOf(parsed.deployment.engine);
  const topology = topologyOf(parsed.deployment);
  const ports = topology.nodes.flatMap(boundPorts(engine, parsed.deployment, topology));
  const found = [
    ...checkTopology(parsed.deployment, topology, ports, parsed.positions),
    ...engine.checks(parsed.deployment, topology, NO_INPUTS, parsed.positions),
  ];
  return [...inWords, ...found.map(({ severity, code, message }) => `${severity} ${code}: ${message}`)];
}

describe('the inventories', () => {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.yml')))('%s is sound', (name) => {
    expect(faultsOf(name)).toEqual((WARNINGS[name] ?? []).map((words) => `warning ${words}`));
  });

  it('have each topology that is promised', () => {
    const nodesOf = (name: string) => {
      const text = readFileSync(new URL(`${name}.yml`, FOLDER), 'utf8');
      const { deployment } = readDeployment(text, { file: name, directory: '/', home: '/' });
      return topologyOf(deployment!)
        .nodes.map((node) => {
          if (node.role === 'proxy') return `${node.name}:${node.listenPort}`;
          return `${node.name}:${node.dies.length}x${node.numServers}@${node.baseApiPort}`;
        })
        .join(' ');
    };
    expect(nodesOf('8p1d')).toBe(
      `${Array.from({ length: 8 }, (_, i) => `p${i}:16x1@${9000 + i}`).join(' ')} ${Array.from({ length: 8 }, (_, i) => `d${i}:16x16@9100`).join(' ')} c0:7000`,
    );
    expect(nodesOf('two-host-prefill')).toBe(
      'p0:16x1@9000 p1:16x0@9000 p2:16x1@9001 d0:16x16@9100 d1:16x16@9100 c0:7000',
    );
    expect(nodesOf('1machine2p')).toBe('p0:8x1@9000 p1:8x1@9002 d0:16x16@9100 c0:7000');
    expect(nodesOf('uneven')).toBe('p0:16x1@9000 p1:8x1@9001 d0:16x16@9100 d1:16x16@9200 c0:7000');
    expect(nodesOf('2p2d')).toBe(
      'p0:16x1@9000 p1:16x1@9001 d0:16x16@9100 d1:16x16@9100 d2:16x16@9100 d3:16x16@9100 c0:7000',
    );
    expect(nodesOf('mixed')).toBe('m0:1x1@8300');
  });
});
