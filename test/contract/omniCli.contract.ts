import { describe, expect, it } from 'vitest';
import { assembleDeployment, importFiles } from '../../src/imports/index.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import { type Rendered, renderedText } from '../fakes/renderedFor.ts';
import { unless } from '../fakes/unless.ts';
import { startIn } from './cell.ts';
import { omniCliObstacle, startByOmniCli } from './omniCli.ts';
import {
  type OmniCliRecording,
  type RecordedNode,
  readOmniCliRecording,
  readProfiles,
  recordedNode,
  recordedProxy,
  writeOmniCliRecording,
} from './omniCliRecording.ts';
import { startDifferences } from './templateDifferences.ts';
import { contractObstacle, givenTrees } from './trees.ts';

/** Snapshots whose omni_cli starts the own profiles. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  r050: ['extra-config'],
  C: ['best-practice', 'extra-config', 'lmcache'],
  D: ['best-practice', 'omni-proxy'],
  Dk: ['dense-draft', 'parsers-events'],
  E: ['best-practice', 'dense-draft', 'lmcache', 'mooncake', 'omni-proxy', 'parsers-events', 'ray-pp'],
};

const obstacle = contractObstacle() ?? omniCliObstacle();
const trees = obstacle === null ? givenTrees() : [];
const cases = trees.flatMap((tree) => (CASES[tree.name] ?? []).map((name) => ({ tree, name, snapshot: tree.name })));

describe(
  'an import of server profiles',
  unless(obstacle ?? (cases.length === 0 ? 'no given source has a known omni_cli' : null)),
  () => {
    it.each(cases)(
      'starts what omni_cli of $snapshot starts, which is what was recorded: $name',
      async ({ tree, name }) => {
        const text = readProfiles(name);
        const deployment = assembleDeployment(importFiles([{ file: `${name}.yml`, text }]), [`${name}.yml`]);
        const rendered = renderedText(deployment, `${name}.yml`, tree.dialect);
        const expected = expectedCalls(rendered, /^ *use_omni_proxy: true$/m.test(text));
        const original = await startByOmniCli(tree.path, text, originalCalls(expected));
        const recording: OmniCliRecording = {
          nodes: Object.fromEntries(serversOf(expected).map((node) => [node, recordedNode(original[node]!)])),
          proxy: recordedProxy(original.c0!),
        };
        if (process.env.OMNIPLACE_RECORD === '1') writeOmniCliRecording(tree.name, name, recording);
        expect(recording).toEqual(readOmniCliRecording(tree.name, name));
        const ours = await startIn(tree.path, rendered, Object.keys(expected) as NodeName[], {
          expected: (node) => expected[node]!,
        });
        for (const node of serversOf(expected)) {
          expect([node, ...startDifferences(recording.nodes[node]!, ours[node]!)]).toEqual([node]);
          expect(rayOf(recordedNode(ours[node]!))).toEqual(rayOf(recording.nodes[node]!));
        }
        expect(recordedProxy(ours.c0!)).toEqual(recording.proxy);
      },
    );
  },
);

type Calls = Readonly<Record<string, readonly [program: string, count: number]>>;

/** omni_cli does not stop ray on workers. */
function originalCalls(calls: Calls): Calls {
  return Object.fromEntries(
    Object.entries(calls).map(([name, [program, count]]) => [name, [program, program === 'ray' ? 1 : count]]),
  );
}

/** Of each role the first node, and its ray worker; and the proxy, of which the global one tests its configuration first. */
function expectedCalls({ topology }: Rendered, withOmniProxy: boolean): Calls {
  return Object.fromEntries(
    topology.nodes.flatMap((node): [string, readonly [string, number]][] => {
      if (node.role === 'proxy') return [[node.name, ['nginx', withOmniProxy ? 1 : 2]]];
      if (node.part === 'worker') return [[node.name, ['ray', 2]]];
      return /^[pd]0$/.test(node.name) ? [[node.name, ['vllm', node.numServers]]] : [];
    }),
  );
}

function serversOf(calls: Calls): readonly NodeName[] {
  return (Object.keys(calls) as NodeName[]).filter((name) => name !== 'c0');
}

/** Whether a node starts ray or joins it, without the dies that it lends. */
function rayOf({ ray }: RecordedNode): readonly string[] {
  return ray.flatMap(([verb, where]) => (verb === 'start' ? [where!] : []));
}
