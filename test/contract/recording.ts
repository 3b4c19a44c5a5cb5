import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { NodeName } from '../../src/topology/topology.ts';
import type { Rendered } from '../fakes/renderedFor.ts';
import type { Call, Start } from './cell.ts';
import { type Upstreams, upstreamsOf } from './differences.ts';
import type { Tree } from './trees.ts';

/** How the real launcher of a snapshot started own.yml: enough that CI holds what is rendered, and the lab, to it. */
export interface Recording {
  /** A prefill instance over two hosts by ray, one of one host, and a decode instance. */
  readonly starts: Readonly<Record<(typeof RECORDED_NODES)[number], Start>>;
  readonly proxy: Upstreams;
}

export const RECORDED_NODES = ['p0', 'p2', 'd2'] as const satisfies readonly NodeName[];

const FOLDER = new URL('../golden/omni_starts/', import.meta.url);
/** Variables by which launchers set servers up. */
const KEPT = /^(VLLM_|RAY_|HCCL_|ASCEND_RT_|\w*RANK_TABLE|\w+_POD_NUM$|ROLE$|MINE$|OF_BASHRC$|MODEL_EXTRA_CFG_PATH$)/;
/** Of the image's own defaults: names of files in it. */
const LEFT_OUT = ['VLLM_LOGGING_CONFIG_PATH'];

/** Of the calls of a start what is recorded of them. */
export function recordingOf({ topology }: Rendered, starts: Readonly<Record<NodeName, Start>>): Recording {
  const proxy = topology.nodes.find(({ role }) => role === 'proxy')!;
  return {
    starts: Object.fromEntries(RECORDED_NODES.map((name) => [name, part(starts[name]!)])) as Recording['starts'],
    proxy: upstreamsOf(starts[proxy.name]!)!,
  };
}

export function writeRecording(tree: Tree, rendered: Rendered, starts: Readonly<Record<NodeName, Start>>): void {
  mkdirSync(FOLDER, { recursive: true });
  const text = JSON.stringify(recordingOf(rendered, starts), null, 1);
  writeFileSync(new URL(`${tree.name}.json`, FOLDER), `${text}\n`);
}

export function readRecording(snapshot: string): Recording {
  return JSON.parse(readFileSync(new URL(`${snapshot}.json`, FOLDER), 'utf8'));
}

function part({ calls, log }: Start): Start {
  return {
    calls: [
      ...calls.filter(({ program, argv }) => program === 'ray' && argv[0] !== 'status'),
      // of alike servers the first
      ...calls.filter(({ program }) => program === 'vllm').slice(0, 1),
    ].map(
      (call): Call => ({
        ...call,
        env: Object.fromEntries(
          Object.entries(call.env)
            .filter(([name]) => KEPT.test(name) && !LEFT_OUT.includes(name))
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
      }),
    ),
    log: /nothing changed/.exec(log)?.[0] ?? '',
    exitCode: null,
  };
}
