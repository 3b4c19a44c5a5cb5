import template from '../../../templates/keep.sh';
import type { Deployment, Group } from '../../deployment/deployment.ts';
import type { DesiredFile, DesiredNode } from '../../engines/engine.ts';
import { quote, quoteWord } from '../../shell/quote.ts';
import { type Kept, keptName, keptText, parseKept } from '../../state/kept.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { ClusterView } from '../cluster/clusterView.ts';

/** Larger files are kept by a hard link. */
const COPIED_BYTES = 1024 * 1024;

/** What a host keeps of a generation beside the files: enough to bring it back from any controller. */
export interface KeptRecord {
  readonly format: 1;
  readonly generation: string;
  readonly run: string;
  /** Every host of it. */
  readonly hosts: readonly string[];
  /** Without logins: who goes back brings his own. */
  readonly deployment: Deployment;
  /** Those of this host. */
  readonly nodes: readonly KeptNode[];
}

/** A node whose files stand beside the record. */
export type KeptNode = Omit<DesiredNode, 'files' | 'rankTables'> & {
  readonly files: readonly Omit<DesiredFile, 'content'>[];
  readonly rankTables: readonly Omit<DesiredFile, 'content'>[];
};

/** Whether every host names this generation as the one that served last. */
export function isKept({ deployment, topology, facts }: ClusterView, generation: string): boolean {
  const { kept } = clusterPaths(deployment.statePath, deployment.name);
  return topology.hosts.every(({ address }) => {
    const host = facts[address];
    return host?.reachable === true && parseKept(host.texts[kept]).at(-1)?.generation === generation;
  });
}

/** The script that keeps a host's share of the generation that has just served. */
export function keepScript(
  { deployment, topology, desired }: ClusterView,
  address: string,
  generation: string,
  run: string,
): string {
  const { folder } = clusterPaths(deployment.statePath, deployment.name);
  const all = Object.values(desired.nodes);
  const nodes = all.filter((node) => node.host === address);
  const record: KeptRecord = {
    format: 1,
    generation,
    run,
    hosts: topology.hosts.map((host) => host.address),
    deployment: withoutLogins(deployment),
    nodes: nodes.map((node) => ({ ...node, files: node.files.map(named), rankTables: node.rankTables.map(named) })),
  };
  const files = nodes.flatMap((node) => [...node.files, ...node.rankTables]);
  const pathsOf = (small: boolean) =>
    files.filter((file) => file.sizeBytes <= COPIED_BYTES === small).map((file) => file.path.slice(folder.length + 1));
  const line: Kept = {
    generation,
    run,
    nodes: Object.fromEntries(all.map(({ node, server }) => [node, server.generation])),
  };
  return [
    `folder=${quoteWord(folder)} generation=${quoteWord(generation)} name=${quoteWord(keptName(generation))}`,
    `line=${quoteWord(keptText(line))} image=${quoteWord(nodes[0]?.container.image ?? '')} code=${quoteWord(nodes[0]?.code?.digest ?? '')}`,
    `small() { "$@" ${quote(['', ...pathsOf(true)]).slice(3)}; }`,
    `large() { "$@" ${quote(['', ...pathsOf(false)]).slice(3)}; }`,
    `record=${quoteWord(JSON.stringify(record))}`,
    template,
  ].join('\n');
}

function named({ content: _, ...file }: DesiredFile): Omit<DesiredFile, 'content'> {
  return file;
}

function withoutLogins(deployment: Deployment): Deployment {
  const group = (found: Group) => ({ ...found, hosts: found.hosts.map(({ login: _, ...host }) => host) });
  const { prefill, decode, mixed, proxy } = deployment;
  const stripped = {
    ...deployment,
    prefill: prefill.map(group),
    decode: decode.map(group),
    mixed: mixed.map(group),
    proxy: proxy && { ...proxy, login: undefined },
  };
  return stripped as unknown as Deployment;
}
