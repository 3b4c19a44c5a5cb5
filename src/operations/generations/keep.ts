import template from '../../../templates/keep.sh';
import type { Deployment, Group } from '../../deployment/deployment.ts';
import { type Artifact, filesOf } from '../../engines/artifact.ts';
import type { DesiredFile } from '../../engines/desiredFile.ts';
import { quote, quoteWord } from '../../shell/quote.ts';
import type { DesiredRecord } from '../../state/desiredRecord.ts';
import { type Kept, keptName, keptText, parseKept } from '../../state/kept.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { type KeptFile, type KeptRecord, type KeptTree, treesOf } from './record.ts';

/** Larger files are kept by a hard link. */
const COPIED_BYTES = 1024 * 1024;

/** Whether every host names this generation as the one that served last. */
export function isKept({ deployment, topology, facts }: ClusterView, generation: string): boolean {
  const { kept } = clusterPaths(deployment.statePath, deployment.name);
  return topology.hosts.every(({ address }) => {
    const host = facts[address];
    return host?.reachable === true && parseKept(host.texts[kept]).at(-1)?.generation === generation;
  });
}

/** The script that keeps a host's share of the generation that has just served. */
export function keepScript(clusterView: ClusterView, address: string, served: DesiredRecord): string {
  const { deployment, topology, desired } = clusterView;
  const { generation, run, by, at, keys, inputs } = served;
  const { folder } = clusterPaths(deployment.statePath, deployment.name);
  const all = Object.values(desired.nodes);
  const nodes = all.filter((node) => node.host === address);
  const trees = treesOf(nodes);
  const record: KeptRecord = {
    format: 2,
    generation,
    run,
    hosts: topology.hosts.map((host) => host.address),
    deployment: withoutLogins(deployment),
    inputs,
    served: { by, at, keys },
    nodes: nodes.map((node) => ({ ...node, artifacts: node.artifacts.map((artifact) => keptAs(artifact, trees)) })),
  };
  const files = nodes.flatMap(filesOf);
  const pathsOf = (small: boolean) =>
    files.filter((file) => file.sizeBytes <= COPIED_BYTES === small).map((file) => file.path.slice(folder.length + 1));
  const line: Kept = {
    generation,
    run,
    nodes: Object.fromEntries(all.map(({ node, server }) => [node, server.generation])),
  };
  return [
    `folder=${quoteWord(folder)} generation=${quoteWord(generation)} name=${quoteWord(keptName(generation))}`,
    `line=${quoteWord(keptText(line))} image=${quoteWord(nodes[0]?.container.image ?? '')}`,
    `small() { "$@" ${quote(['', ...pathsOf(true)]).slice(3)}; }`,
    `large() { "$@" ${quote(['', ...pathsOf(false)]).slice(3)}; }`,
    `trees() { ${treeCalls(trees)}; }`,
    `record=${quoteWord(JSON.stringify(record))}`,
    template,
  ].join('\n');
}

function treeCalls(trees: readonly KeptTree[]): string {
  if (trees.length === 0) return ':';
  return trees.map(({ name, digest, to, marker }) => quote(['tree', name, digest, to, marker])).join(' && ');
}

/** With its files' names and digests, and the folder of its tree. */
function keptAs(artifact: Artifact, trees: readonly KeptTree[]): Artifact<KeptFile> {
  const { bring } = artifact;
  if (bring.kind === 'put') return { ...artifact, bring: { ...bring, files: bring.files.map(named) } };
  if (bring.kind === 'install') return { ...artifact, bring };
  return { ...artifact, bring: { ...bring, from: trees.find(({ to }) => to === bring.to)!.name } };
}

function named({ content: _, ...file }: DesiredFile): KeptFile {
  return file;
}

function withoutLogins(deployment: Deployment): Deployment {
  const group = (found: Group) => ({ ...found, hosts: found.hosts.map(({ login: _, ...host }) => host) });
  const { prefill, decode, mixed, proxy } = deployment;
  const stripped = {
    ...deployment,
    apiKey: undefined,
    prefill: prefill.map(group),
    decode: decode.map(group),
    mixed: mixed.map(group),
    proxy: proxy && { ...proxy, login: undefined },
  };
  return stripped as unknown as Deployment;
}
