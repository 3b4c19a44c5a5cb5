import type { DieHealth } from '../../accelerators/accelerator.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { gib } from '../../files/sizes.ts';
import type { ProcessIdentity } from '../../state/state.gen.ts';
import type { AskedDies } from '../cluster/askDies.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { dieTroubles } from '../cluster/dieTroubles.ts';
import { type RunStatus, runWords } from '../cluster/runs.ts';
import type { NodeStatus } from './types.ts';

/** Something to know that does not change the state. */
export interface Warning {
  /** Closed list. */
  readonly about: 'disk' | 'memory' | 'device' | 'clock' | 'run' | 'record' | 'watcher' | 'deployment' | 'code';
  /** Addresses of hosts, or names of nodes; empty: the cluster. */
  readonly of: readonly string[];
  readonly text: string;
}

/** What warnings follow from, besides the cluster view. */
export interface Watched {
  readonly nodes: readonly NodeStatus[];
  readonly runs: RunStatus;
  readonly dies: AskedDies;
  readonly watcher: ProcessIdentity | null;
}

const FULL_SHARE = 0.9;
/** Servers take most of the memory: less than this is left for the rest. */
const LOW_MEMORY_SHARE = 0.05;
const CLOCK_APART_MS = 2_000;

export function warningsOf(clusterView: ClusterView, watched: Watched): readonly Warning[] {
  const { topology, facts, deployment } = clusterView;
  const hosts = topology.hosts.flatMap(({ address }) => {
    const found = facts[address];
    return found?.reachable ? [found] : [];
  });
  return grouped([
    ...runWords(watched.runs, deployment.file).map((text) => ({ about: 'run' as const, of: [], text })),
    ...watcherWarnings(watched.watcher),
    ...deploymentWarnings(watched.nodes, clusterView),
    ...watched.nodes.flatMap(codeWarnings),
    ...hosts.flatMap((host) => [...diskWarnings(host, clusterView), ...memoryWarnings(host)]),
    ...Object.entries(watched.dies).flatMap(([host, dies]) => dieWarnings(host, dies ?? [], clusterView)),
    ...clockWarnings(hosts),
  ]);
}

function watcherWarnings(watcher: ProcessIdentity | null): Warning[] {
  if (watcher === null) return [];
  const { owner, pid, host } = watcher;
  return [{ about: 'watcher', of: [], text: `balance --watch runs (${owner}, process ${pid} of ${host})` }];
}

/** Drift is another matter: it is listed with its node. */
function deploymentWarnings(nodes: readonly NodeStatus[], { kept, deployment: { file } }: ClusterView): Warning[] {
  if (kept !== undefined) return kept.because === '' ? [] : [{ about: 'deployment', of: [], text: kept.because }];
  const of = nodes.filter((node) => node.restartPending !== null && node.drift.length === 0).map(({ node }) => node);
  if (of.length === 0) return [];
  const verb = of.length === 1 ? 'runs' : 'run';
  return [
    { about: 'deployment', of, text: `${verb} something else than ${file} contains now (serve --check shows it)` },
  ];
}

/** Another copy than the synced one is what runs, whatever was synced. */
function codeWarnings({ node, code }: NodeStatus): Warning[] {
  return (code ?? []).flatMap(({ package: name, from, wanted }): Warning[] => {
    if (wanted === null || from === wanted) return [];
    const text = `imports ${name} from ${from ?? 'nowhere'}, not from the synced code in ${wanted} (serve --only install_code)`;
    return [{ about: 'code', of: [node], text }];
  });
}

function diskWarnings({ address, machine }: ReachedHost, { deployment }: ClusterView): Warning[] {
  const full = (machine.disks ?? []).filter(
    ({ usedBytes, freeBytes }) => usedBytes > (usedBytes + freeBytes) * FULL_SHARE,
  );
  const mounts = [...new Map(full.map((disk) => [disk.mount, disk])).values()];
  return mounts.map(({ mount, usedBytes, freeBytes }) => {
    const uses = full.filter((disk) => disk.mount === mount).map(({ path }) => useOf(path, deployment.logPath));
    const percent = Math.floor((usedBytes / (usedBytes + freeBytes)) * 100);
    const text = `${mount} is ${percent} % full (${uses.join(', ')}): ${gib(freeBytes)} GiB are left`;
    return { about: 'disk', of: [address], text };
  });
}

function useOf(path: string, logPath: string): string {
  if (path === '/') return 'root';
  return path === logPath ? 'logs' : 'dumps';
}

function memoryWarnings({ address, machine: { memoryBytes, availableBytes } }: ReachedHost): Warning[] {
  if (memoryBytes === null || availableBytes === null || availableBytes >= memoryBytes * LOW_MEMORY_SHARE) return [];
  const text = `${gib(availableBytes)} of ${gib(memoryBytes)} GiB of memory are left`;
  return [{ about: 'memory', of: [address], text }];
}

function dieWarnings(host: string, dies: readonly DieHealth[], clusterView: ClusterView): Warning[] {
  return dieTroubles(host, dies, clusterView).map(({ text }) => ({ about: 'device', of: [host], text }));
}

/** Most hosts are right: where all differ from this machine, it is this machine that does. */
function clockWarnings(hosts: readonly ReachedHost[]): Warning[] {
  const sorted = hosts.map(({ clock }) => clock.aheadMs).sort((a, b) => a - b);
  const usualMs = hosts.length < 3 ? 0 : sorted[Math.floor(sorted.length / 2)]!;
  const isUsual = (ms: number) => Math.abs(ms) < CLOCK_APART_MS;
  const hereMs = isUsual(usualMs) ? 0 : usualMs;
  const here = hereMs === 0 ? [] : [`this machine's clock is ${apart(-hereMs)} the hosts'`];
  const others = hereMs === 0 ? "this machine's" : "the other hosts'";
  return [
    ...here.map((text): Warning => ({ about: 'clock', of: [], text })),
    ...hosts.flatMap(({ address, clock }): Warning[] => {
      const ms = clock.aheadMs - hereMs;
      return isUsual(ms) ? [] : [{ about: 'clock', of: [address], text: `clock is ${apart(ms)} ${others}` }];
    }),
  ];
}

function apart(ms: number): string {
  return `${(Math.abs(ms) / 1_000).toFixed(1)} s ${ms > 0 ? 'ahead of' : 'behind'}`;
}

/** The same of several is one warning. */
function grouped(warnings: readonly Warning[]): readonly Warning[] {
  const byText = new Map<string, Warning>();
  for (const warning of warnings) {
    const before = byText.get(warning.text);
    byText.set(warning.text, before === undefined ? warning : { ...before, of: [...before.of, ...warning.of] });
  }
  return [...byText.values()];
}
