import { afterAll, describe, expect, it } from 'vitest';
import type { NodeName, ServerNode } from '../../src/topology/topology.ts';
import { INVENTORIES, inventoryFile, type Launcher, type Rendered, renderedFor } from '../fakes/renderedFor.ts';
import { unless } from '../fakes/unless.ts';
import { type CellOptions, startIn } from './cell.ts';
import { differences } from './differences.ts';
import { writeRecording } from './recording.ts';
import { type Outcome, tableOf } from './table.ts';
import { contractObstacle, givenTrees } from './trees.ts';

const OWN = new URL('own.yml', import.meta.url);
/** Deployments of which every node starts; of others one master of each role. */
const WHOLE = ['own', '2p2d', '1machine2p', 'two-host-prefill', 'uneven'];
const DIRECT = ['1p1d', '2p2d', 'two-host-prefill', 'own'];
/** pd_run.sh of 0.4.2 checks sampling parameters in this way, whatever it is asked for; omni_cli does not. */
const OF_PD_RUN = '--middleware omni.adaptors.vllm.entrypoints.middleware.param_check.ValidateSamplingParams';
/** What pd_run.sh writes out since 2026, and the connector takes when it is absent. */
const CONNECTOR_DEFAULTS = '{"kv_producer_dp_size":1,"kv_producer_pp_size":1,"kv_producer_pp_partitions":"null"}';
const CASES: readonly (readonly [Launcher, string])[] = [
  ...[...INVENTORIES, 'own'].map((name) => ['pd_run', name] as const),
  ...DIRECT.map((name) => ['api_servers', name] as const),
];

const outcomes = new Map<string, Map<string, Outcome>>();
afterAll(() => {
  if (outcomes.size > 0) process.stdout.write(`\n${tableOf(outcomes)}\n\n`);
});

const obstacle = contractObstacle();
const trees = obstacle === null ? givenTrees() : [];

it('real launchers are tested', unless(obstacle), () => {
  expect(trees).not.toEqual([]);
});

describe.each(trees)('start scripts for $name', (tree) => {
  it.each(CASES)('start every server as the topology has it: %s, %s', async (launcher, name) => {
    const rendered = renderedFor(fileOf(name), tree.dialect, launcher);
    const names = chosen(name, rendered);
    const starts = await startIn(tree.path, rendered, names, { expected: expectedOf(rendered) });
    const outcome = Object.fromEntries(
      names.map((node) => [node, differences(node, rendered, tree.dialect, starts[node]!)]),
    );
    if (process.env.OMNIPLACE_RECORD === '1' && launcher === 'pd_run' && name === 'own')
      writeRecording(tree, rendered, starts);
    const row = outcomes.get(tree.name) ?? new Map<string, Outcome>();
    outcomes.set(tree.name, row.set(launcher === 'pd_run' ? name : `${name}, ${launcher}`, outcome));
    expect(outcome).toEqual(Object.fromEntries(names.map((node) => [node, []])));
  });

  it('give a server the same arguments by both launchers', async () => {
    const [byPdRun, direct] = await Promise.all(
      (['pd_run', 'api_servers'] as const).map(async (launcher) => {
        const rendered = renderedFor(OWN, tree.dialect, launcher);
        const starts = await startIn(tree.path, rendered, ['p2', 'd2'], { expected: expectedOf(rendered) });
        return (['p2', 'd2'] as const).map((node) =>
          starts[node].calls.filter(({ program }) => program === 'vllm').map(({ argv }) => comparable(argv)),
        );
      }),
    );
    expect(direct).toEqual(byPdRun);
  });

  it('do not reach a server without ~/.bashrc, which a test would notice', async () => {
    const rendered = renderedFor(OWN, tree.dialect);
    const edit = (text: string) => text.replace(/^.*\. ~\/\.bashrc.*$/m, '');
    const { p2 } = await startIn(tree.path, rendered, ['p2'], { expected: () => null, edit });
    expect(p2.log).toContain('OSError: libhccl.so');
    expect(differences('p2', rendered, tree.dialect, p2)).not.toEqual([]);
  });

  it('meet a taken port as the dialect has it', async () => {
    const rendered = renderedFor(OWN, tree.dialect);
    const node = rendered.topology.nodes.find(({ name }) => name === 'p2') as ServerNode;
    const { p2 } = await startIn(tree.path, rendered, ['p2'], {
      expected: () => (tree.dialect.takenPort === 'fails' ? null : ['vllm', 1]),
      before: holdPort(node.baseApiPort),
    });
    const ports = p2.calls.flatMap(({ program, argv }) =>
      program === 'vllm' ? [Number(argv[argv.indexOf('--port') + 1])] : [],
    );
    expect(ports).toEqual(tree.dialect.takenPort === 'fails' ? [] : [node.baseApiPort + 1]);
    if (tree.dialect.takenPort === 'fails') expect(p2.log).toContain(`Port ${node.baseApiPort} is not available`);
  });
});

function fileOf(name: string): URL {
  return name === 'own' ? OWN : inventoryFile(name);
}

function chosen(name: string, { topology }: Rendered): readonly NodeName[] {
  return topology.nodes
    .filter(({ role }, i, all) => WHOLE.includes(name) || all.findIndex((node) => node.role === role) === i)
    .map((node) => node.name);
}

/** The last call by which a node is known to be started. */
function expectedOf({ topology }: Rendered): CellOptions['expected'] {
  return (name) => {
    const node = topology.nodes.find((one) => one.name === name)!;
    // nginx is asked whether the configuration is right, then started
    if (node.role === 'proxy') return ['nginx', 2];
    return node.part === 'worker' ? ['ray', 2] : ['vllm', node.numServers];
  };
}

/** A connection that the host has closed keeps the port for a minute, though nothing listens on it. */
function holdPort(port: number): string {
  return `python3 -c '
import socket
server = socket.create_server(("127.0.0.1", ${port}))
client = socket.create_connection(("127.0.0.1", ${port}))
server.accept()[0].close()
client.close()'`;
}

/** Arguments in any order, with their values, and JSON in any form; without those that are the same as none, or only pd_run.sh adds. */
function comparable(argv: readonly string[]): readonly string[] {
  const words = argv.map((word) => {
    try {
      return JSON.stringify(JSON.parse(word, (_, value) => (isDefault(value) ? undefined : value)));
    } catch {
      return word;
    }
  });
  return words
    .join(' ')
    .split(/ (?=--)/)
    .filter((argument) => argument !== OF_PD_RUN)
    .sort();
}

function isDefault(value: unknown): boolean {
  return JSON.stringify(value) === CONNECTOR_DEFAULTS;
}
