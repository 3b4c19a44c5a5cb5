import template from '../../../templates/remember.sh';
import type { RunSummary } from '../../runner/event.ts';
import { quoteWord } from '../../shell/quote.ts';
import { type DesiredRecord, desiredRecordText } from '../../state/desiredRecord.ts';
import { parseKept } from '../../state/kept.ts';
import type { PastRunLine } from '../../state/state.gen.ts';
import { clusterPaths } from '../../topology/paths.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { changedKeys, inputDigests } from './changedKeys.ts';
import { desiredOnHosts, newestOf, rememberedBy } from './desiredOnHosts.ts';
import { withoutHosts } from './removedHosts.ts';

/** Generations that a host keeps. */
export const KEPT = 5;

/** A run that ends, and who started it. */
export interface EndedRun {
  readonly run: string;
  readonly command: string;
  /** `user@machine` */
  readonly by: string;
  /** ISO 8601 */
  readonly startedAt: string;
  readonly generation: string;
  readonly summary: Pick<RunSummary, 'outcome' | 'exitCode' | 'durationMs' | 'results'>;
}

/** The script by which a host remembers a run that ends, and what should run from then on; null: that stays what it was. */
export function rememberScript(
  { deployment }: ClusterView,
  line: PastRunLine,
  desired: DesiredRecord | null,
  wrote: readonly string[],
): string {
  const { folder } = clusterPaths(deployment.statePath, deployment.name);
  return [
    `folder=${quoteWord(folder)} line=${quoteWord(JSON.stringify(line))}`,
    `wrote=${quoteWord(wrote.join('\n'))}`,
    `desired=${quoteWord(desired === null ? '' : desiredRecordText(desired))}`,
    template,
  ].join('\n');
}

/** What hosts should run once a run made its deployment the desired one. */
export function desiredRecordOf(clusterView: ClusterView, ended: EndedRun): DesiredRecord {
  const { deployment, topology, desired, facts } = clusterView;
  const hosts = rememberedBy(deployment, facts);
  const before = newestOf(hosts.flatMap((host) => host.desired ?? []));
  const { source, file } = deployment;
  const addresses = topology.hosts.map(({ address }) => address);
  return {
    seq: (before?.seq ?? 0) + 1,
    generation: ended.generation,
    run: ended.run,
    command: ended.command,
    by: ended.by,
    at: ended.startedAt,
    file,
    digest: source?.digest ?? '',
    overrides: source?.overrides ?? [],
    keys: before?.generation === ended.generation ? before.keys : keysOf(clusterView),
    nodes: Object.fromEntries(Object.values(desired.nodes).map(({ node, server }) => [node, server.generation])),
    hosts: addresses,
    removed: before === null ? [] : withoutHosts(before, addresses),
    way: wayOf(before, ended, keptOn(clusterView)),
    document: source?.document ?? null,
    inputs: inputsOf(clusterView),
  };
}

/** As the hosts' list of runs has it. */
export function pastRunLine(clusterView: ClusterView, ended: EndedRun): PastRunLine {
  const { run, command, by, startedAt, generation, summary } = ended;
  const { outcome, exitCode, durationMs, results } = summary;
  const changed: Record<string, number> = {};
  for (const { step, status } of results) {
    const tag = step.split('/', 1)[0]!;
    if (status === 'changed') changed[tag] = (changed[tag] ?? 0) + 1;
  }
  const failed = results
    .filter(({ status }) => status === 'failed' || status === 'unreachable')
    .map(({ step }) => step);
  const { source, file } = clusterView.deployment;
  const keys = command === 'stop' || command === 'restart' ? [] : keysOf(clusterView);
  return {
    run,
    command,
    by,
    deployment: file,
    startedAt,
    outcome,
    exitCode,
    durationMs,
    generation,
    overrides: source?.overrides ?? [],
    keys,
    changed,
    failed: failed.slice(0, FAILED),
  };
}

/** Steps named of a run that failed. */
const FAILED = 20;

/** Key by key, against what its hosts should run until then; empty where that is not known. */
function keysOf(clusterView: ClusterView): readonly string[] {
  const { deployment, facts } = clusterView;
  const before = desiredOnHosts(rememberedBy(deployment, facts));
  return (before && changedKeys(before, deployment, inputsOf(clusterView))) ?? [];
}

function inputsOf({ deployment, inputs, kept }: ClusterView): DesiredRecord['inputs'] {
  return kept?.inputs ?? inputDigests(deployment, inputs);
}

/** Where `rollback` goes from a generation. A rollback takes steps back, anything else adds one. */
function wayOf(
  before: DesiredRecord | null,
  { command, generation }: Pick<EndedRun, 'command' | 'generation'>,
  kept: readonly string[],
): readonly string[] {
  if (before === null) {
    const at = kept.indexOf(generation);
    return kept.slice(0, at < 0 ? kept.length : at).reverse();
  }
  if (before.generation === generation) return before.way;
  const at = command === 'rollback' ? before.way.indexOf(generation) : -1;
  if (at >= 0) return before.way.slice(at + 1);
  return [before.generation, ...before.way].filter((each) => each !== generation).slice(0, KEPT);
}

/** The generations that the first host with a list keeps, the one that served last at the end. */
function keptOn({ deployment, facts }: ClusterView): readonly string[] {
  const { kept } = clusterPaths(deployment.statePath, deployment.name);
  const lists = Object.values(facts).map((host) => (host.reachable ? parseKept(host.texts[kept]) : []));
  return (lists.find((list) => list.length > 0) ?? []).map(({ generation }) => generation);
}
