/**
 * A program for scripts/compare.mjs: writes to the working folder the input files of the compared commands, and `index.json`,
 * which lists them.
 */
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Facts } from '../../src/facts/facts.ts';
import { buildClusterView, type ClusterView } from '../../src/operations/cluster/clusterView.ts';
import { readLocalInputs } from '../../src/operations/cluster/localInputs.ts';
import { validateFile } from '../../src/operations/cluster/validate.ts';
import {
  basePlacement,
  writeExpertMap,
  writeNpyInt32,
  writePattern,
  writeSglangMap,
} from '../../src/placement/index.ts';
import { FAULTY } from '../deployment/faultyFiles.ts';
import { HOSTILE } from '../deployment/hostileFiles.ts';
import { SOUND, withPart } from '../deployment/sample.ts';
import { ansibleInventory, OMNI_CLI, PLAYBOOK, serverProfiles } from '../imports/samples.ts';
import { DEFECTS, withDefect } from './clusters.ts';
import { convergedFacts, freshFacts } from './facts.ts';

export interface ComparedFiles {
  /** Deployments without errors: their nodes, and facts of hosts that are new, that serve, and a mix of both. */
  readonly sound: readonly { file: string; nodes: readonly string[]; facts: readonly string[] }[];
  /** Deployments to validate, sound or not. */
  readonly deployments: readonly string[];
  /** Deployments that are too long to print the places of their faults quickly. */
  readonly long: readonly string[];
  /** Facts for `files/defects.yml`, each with one defect. */
  readonly defects: readonly string[];
  readonly imports: readonly (readonly string[])[];
}

const LAYERS = 4;
const EXPERTS = 16;
const RANKS = 4;
/** Clusters of unreachable hosts: one for each run of them. */
const REFUSING = 8;
/** Characters. */
const LONG = 50_000;

void main(process.argv[2]!);

async function main(checkout: string): Promise<void> {
  writeLocalFiles();
  writeLoads();
  const inventories = readdirSync(join(checkout, 'inventories')).filter((name) => name.endsWith('.yml'));
  for (const name of inventories)
    write(`inventories/${name}`, readFileSync(join(checkout, 'inventories', name), 'utf8'));
  const sound = [];
  for (const file of [...inventories.map((name) => `inventories/${name}`), 'files/local.yml', 'files/defects.yml'])
    sound.push(await writeFacts(file));
  const index: ComparedFiles = {
    sound,
    deployments: [...sound.map(({ file }) => file), ...writeDeployments()],
    long: hostile(({ length }) => length > LONG),
    defects: await writeDefects(),
    imports: writeImports(),
  };
  write('index.json', JSON.stringify(index, null, 2));
}

function write(name: string, content: string | Uint8Array): string {
  mkdirSync(dirname(name), { recursive: true });
  writeFileSync(name, content);
  return name;
}

async function clusterViewOf(file: string): Promise<ClusterView> {
  const { deployment, faults } = await validateFile(file, { overrides: [] });
  if (deployment === null) throw new Error(`${file}: ${JSON.stringify(faults)}`);
  return buildClusterView(deployment, await readLocalInputs(deployment), {});
}

const withFacts = ({ deployment, inputs }: ClusterView, facts: Facts) => buildClusterView(deployment, inputs, facts);

function serving(clusterView: ClusterView): ClusterView {
  const fresh = withFacts(clusterView, freshFacts(clusterView.topology, clusterView.deployment.image));
  return withFacts(clusterView, convergedFacts(clusterView.topology, fresh.desired, clusterView.deployment.image));
}

/** Facts of hosts that are new, of hosts that serve, and of a cluster of both. */
async function writeFacts(file: string): Promise<ComparedFiles['sound'][number]> {
  const clusterView = await clusterViewOf(file);
  const { facts: converged } = serving(clusterView);
  const fresh = freshFacts(clusterView.topology, clusterView.deployment.image);
  const name = (what: string) => `facts/${basename(file, '.yml')}.${what}.json`;
  const half = Object.fromEntries(Object.keys(fresh).map((host, i) => [host, (i % 2 === 0 ? fresh : converged)[host]]));
  const facts = [
    write(name('fresh'), JSON.stringify(fresh)),
    write(name('serving'), JSON.stringify(converged)),
    write(name('half'), JSON.stringify(half)),
  ];
  return { file, nodes: clusterView.topology.nodes.map((node) => node.name), facts };
}

/** Facts with one defect each, of new and of serving hosts; and facts with a host that was not reached. */
async function writeDefects(): Promise<string[]> {
  const cluster = serving(await clusterViewOf('files/defects.yml'));
  const fresh = withFacts(cluster, freshFacts(cluster.topology, cluster.deployment.image));
  const files = DEFECTS.flatMap((defect, i) => [
    write(`defects/${i}-fresh.json`, JSON.stringify(withDefect(fresh, defect, i).facts)),
    write(`defects/${i}-serving.json`, JSON.stringify(withDefect(cluster, defect, i).facts)),
  ]);
  const [first = ''] = Object.keys(cluster.facts);
  const unreached = ['auth', 'unreachable', 'timeout'].map((code) =>
    write(
      `defects/${code}.json`,
      JSON.stringify({
        ...cluster.facts,
        [first]: { reachable: false, address: first, code, reason: 'an example' },
      }),
    ),
  );
  return [...files, ...unreached];
}

/** A deployment that names local files, these files, and one without them for defects. */
function writeLocalFiles(): void {
  write('files/code/omniinfer/main.py', 'print(1)\n');
  write('files/code/omniinfer/tools/run.sh', 'echo 1\n');
  write('files/a-1.0-py3-none-any.whl', 'a wheel');
  write('files/image.tar', 'an image');
  write('files/decode.npy', writePattern(basePlacement(58, 8, 256)));
  const group = (hosts: string, port: number) =>
    `{hosts: "${hosts}", master_port: ${port}, base_api_port: ${port + 1000}, ascend_rt_visible_devices: "0,1,2,3"}`;
  const deployment = (decode: string, services: string) => `deployment:
  defaults: {user: root, agent: true}
  prefill:
    group1: ${group('10.0.0.1', 8000)}
  decode:
    group1: ${group(decode, 8100)}
  proxy: {host: "10.0.0.1", listen_port: 7000, prefill_lb_sdk: pd_score_balance, decode_lb_sdk: pd_score_balance}
services:
  name: r1
  docker_image: repo/omniinfer:1
  model_path: /data/models/r1
  model: {moe_layers: 58, experts: 256, top_k: 8, first_dense_layers: 3}
  log_path: /data/log
${services}`;
  write('files/defects.yml', deployment('10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5', ''));
  write(
    'files/local.yml',
    deployment(
      '10.0.0.2,10.0.0.3',
      `  code_path: code
  wheels: ["*.whl"]
  docker_image_archive: image.tar
  decode: {placement: {mode: static, pattern_path: decode.npy}, env: {HF_TOKEN: canary}}
`,
    ),
  );
}

/** The tests' deployment files: sound, with a mistake, and hostile. */
function writeDeployments(): string[] {
  return [
    write('files/sound.yml', SOUND),
    write('files/keyless.yml', SOUND.replaceAll('10.0.0.', '127.0.0.').replace('~/.ssh/id', 'absent.pem')),
    ...writeRefusing(),
    ...FAULTY.map(([, part, by], i) => write(`files/faulty-${i}.yml`, withPart(part, by))),
    ...hostile(({ length }) => length <= LONG),
  ];
}

function hostile(which: (text: string) => boolean): string[] {
  return HOSTILE.flatMap(([, text], i) => (which(text) ? [write(`files/hostile-${i}.yml`, text)] : []));
}

/** Clusters on a host that refuses every connection. */
function writeRefusing(): string[] {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = write('files/key.pem', privateKey.export({ type: 'pkcs1', format: 'pem' }));
  chmodSync(key, 0o600);
  const text = withPart('10.0.0.2,10.0.0.3', '10.0.0.1')
    .replaceAll('10.0.0.1', '127.0.0.1')
    .replace(/("0,1".*"0,1")/s, (both) => both.replace(/"0,1"$/, '"2,3"'))
    .replace('private_key: ~/.ssh/id', `private_key: ${basename(key)}, ssh_port: 1`);
  return Array.from({ length: REFUSING }, (_, i) =>
    write(`files/refusing-${i}.yml`, text.replace('services:\n', `services:\n  name: r${i}\n`)),
  );
}

/** A load in each form, dumps, and placements in each form. */
function writeLoads(): void {
  const tokens = (layer: number, expert: number, window: number) =>
    1 + ((layer * 7919 + expert * 104_729 + window * 1299) % 1000) * (expert % 5 === 0 ? 8 : 1);
  const row = (layer: number, window: number) =>
    Array.from({ length: EXPERTS }, (_, expert) => tokens(layer, expert, window));
  const window = (at: number) => Array.from({ length: LAYERS }, (_, layer) => row(layer, at));
  write('loads/load.npy', writeNpyInt32([LAYERS, EXPERTS], window(0).flat()));
  write('loads/episodes.npy', writeNpyInt32([3, LAYERS, EXPERTS], [0, 1, 2].flatMap(window).flat()));
  for (const at of [1, 2, 3])
    write(
      `loads/dump/activation_counts_recordstep_${at}_rank_0.txt`,
      window(at)
        .map((counts) => `${counts.map((count) => `${count}\t`).join('')}\n`)
        .join(''),
    );
  write('loads/damaged/activation_counts_recordstep_1_rank_0.txt', '1\t2\n3\n');
  const base = basePlacement(LAYERS, RANKS, EXPERTS);
  write('loads/base.npy', writePattern(base));
  write('loads/base.json', writeExpertMap(base));
  write('loads/sglang.json', writeSglangMap(base));
  write('loads/junk.npy', 'not an array');
}

function writeImports(): string[][] {
  const inventory = write(
    'imports/inventory.yml',
    ansibleInventory({
      prefill: [
        { ip: '10.0.0.1', kvRank: 0 },
        { ip: '10.0.0.2', kvRank: 1 },
      ],
      decode: ['10.0.0.3', '10.0.0.4'],
      proxy: '10.0.0.1',
    }),
  );
  const playbook = write('imports/playbook.yml', PLAYBOOK);
  return [
    [inventory],
    [inventory, '--env', playbook],
    [write('imports/omni_cli.yml', OMNI_CLI)],
    [write('imports/profiles.yml', serverProfiles())],
    [write('imports/junk.yml', 'all: [')],
    [write('imports/other.yml', 'a: b\n')],
    ['files/sound.yml'],
  ];
}
