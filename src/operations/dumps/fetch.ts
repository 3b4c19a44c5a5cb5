import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordedLoads } from '../../engines/expertControl.ts';
import { GIB, mib } from '../../files/sizes.ts';
import type { OpenHost } from '../../transport/host.ts';
import type { ClusterView } from '../cluster/clusterView.ts';
import { recordingControlOf } from '../cluster/recordingControl.ts';
import { fetchFiles } from '../fetch/fetchFiles.ts';
import { written } from '../fetch/localFault.ts';
import { fetchOutcome } from '../fetch/outcome.ts';
import type { Fetched } from '../fetch/types.ts';
import { describeFolder } from './describe.ts';
import { recordedUnder, swappedIn } from './recorded.ts';
import { type WindowShape, windowInspector } from './shape.ts';
import type { DumpFolder, DumpManifest, DumpSource, FetchDumpsOptions, InstanceDumps } from './types.ts';
import { windowTime } from './windowTime.ts';

const LOW_DISK_BYTES = GIB;

/** Brings the dumps of each instance into a folder of its own, verified, with a manifest. */
export function fetchDumps(
  open: OpenHost,
  clusterView: ClusterView,
  sources: readonly DumpSource[],
  options: FetchDumpsOptions,
): Promise<readonly InstanceDumps[]> {
  return Promise.all(
    sources.map(async (source): Promise<InstanceDumps> => {
      const into = join(options.out, source.name);
      const { name, node } = source;
      const ended = await fetchOutcome(fetchInstance(open, clusterView, source, into, options));
      return { name, node: node.name, host: node.host, into, ...ended };
    }),
  );
}

async function fetchInstance(
  open: OpenHost,
  clusterView: ClusterView,
  source: DumpSource,
  into: string,
  options: FetchDumpsOptions,
): Promise<NonNullable<InstanceDumps['result']>> {
  const { live, recorded } = recordingControlOf(clusterView.engine);
  const shapes = new Map<string, WindowShape>();
  const inspectorOf = (name: string) =>
    recorded.codec.isCandidate(name)
      ? windowInspector(recorded.codec, (shape) => shapes.set(name, shape))
      : NO_INSPECTOR;
  const { files, ...fetched } = await fetchFiles({
    host: await open(source.node.host, options.signal),
    folder: source.dumpDir,
    list: [
      'list_dumps',
      source.dumpDir,
      options.all ? 'all' : 'newest',
      `${options.atMost ?? ''}`,
      live?.firstSwap ?? '',
    ],
    functions: recorded.functions,
    into,
    growing: false,
    signal: options.signal,
    inspect: (name) => inspectorOf(name),
    onProgress: (progress) => options.onProgress(source.name, progress),
  });
  const stamps = [...new Set(files.map(({ name }) => name.slice(0, name.indexOf('/'))))].sort();
  const model = clusterView.engine.model(clusterView.deployment, clusterView.facts, source.node.host);
  const folders = stamps.map((stamp): DumpFolder => {
    const mine = files.filter(({ name }) => name.startsWith(`${stamp}/`));
    const under = swappedIn(stamp, mine, live) ?? recordedUnder(clusterView, source, stamp === stamps.at(-1));
    const folder = { stamp, files: mine, shapes, recorded: under, partly: options.atMost !== undefined };
    return describeFolder(folder, source, model);
  });
  const manifest: DumpManifest = {
    version: 1,
    cluster: clusterView.topology.cluster,
    instance: source.name,
    role: source.node.role,
    node: source.node.name,
    host: source.node.host,
    dumpDir: source.dumpDir,
    ranks: source.ranks,
    experts: model.experts,
    windowSeconds: recorded.windowS,
    folders,
    // what tells of swaps is no part of the dump
    files: files
      .filter(({ name }) => live === undefined || !name.endsWith(`/${live.firstSwap}`))
      .map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
    problems: fetched.problems,
  };
  await written(into, writeFile(join(into, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`));
  return { manifest, fetched, warnings: warningsOf(fetched, source, files.length, recorded) };
}

const NO_INSPECTOR = { push: () => {}, end: () => null };

function warningsOf(
  fetched: Omit<Fetched, 'files'>,
  { node, dumpDir, name }: DumpSource,
  numFiles: number,
  { key, windowS }: RecordedLoads,
): string[] {
  const { freeBytes } = fetched;
  return [
    ...(numFiles === 0
      ? [
          `${name}: no dumps in ${dumpDir} of ${node.host}; are dumps on (${key}), and did ${windowTime(windowS).length} pass under load?`,
        ]
      : []),
    ...(freeBytes !== null && freeBytes < LOW_DISK_BYTES
      ? [
          `${name}: ${mib(freeBytes, 0)} MiB are free at ${dumpDir} of ${node.host}: recording ends when the disk is full`,
        ]
      : []),
  ];
}
