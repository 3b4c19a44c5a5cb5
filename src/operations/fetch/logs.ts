import { writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Desired } from '../../engines/desired.ts';
import type { Node } from '../../topology/topology.ts';
import type { OpenHost } from '../../transport/host.ts';
import { fetchFiles } from './fetchFiles.ts';
import { written } from './localFault.ts';
import { fetchOutcome } from './outcome.ts';
import type { Fetched, FetchProgress } from './types.ts';

export interface NodeLogs {
  readonly node: string;
  readonly host: string;
  /** On the host. */
  readonly from: string;
  /** Here. */
  readonly into: string;
  readonly result: Fetched | null;
  /** Why there is no result. */
  readonly problem: string | null;
  readonly unreachable: boolean;
}

export interface FetchLogsOptions {
  /** Absolute. */
  readonly out: string;
  readonly signal: AbortSignal;
  readonly onProgress: (node: string, progress: FetchProgress) => void;
}

/** Brings the log folder of each node into a folder of its own; a manifest beside it names every file with its digest. */
export async function fetchLogs(
  open: OpenHost,
  desired: Desired,
  nodes: readonly Node[],
  options: FetchLogsOptions,
): Promise<readonly NodeLogs[]> {
  return Promise.all(
    nodes.map(async ({ name, host }): Promise<NodeLogs> => {
      const from = posix.dirname(desired.nodes[name]!.server.log);
      const at = { node: name, host, from, into: join(options.out, name) };
      const fetching = (async () => {
        const result = await fetchFiles({
          host: await open(host, options.signal),
          folder: from,
          list: ['list_folder', from],
          into: at.into,
          growing: true,
          signal: options.signal,
          onProgress: (progress) => options.onProgress(name, progress),
        });
        await written(options.out, writeManifest(join(options.out, `${name}.manifest.json`), at, result));
        return result;
      })();
      return { ...at, ...(await fetchOutcome(fetching)) };
    }),
  );
}

async function writeManifest(
  path: string,
  at: Pick<NodeLogs, 'node' | 'host' | 'from'>,
  result: Fetched,
): Promise<void> {
  const { node, host, from } = at;
  const files = result.files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 }));
  await writeFile(path, `${JSON.stringify({ node, host, from, files, problems: result.problems }, null, 2)}\n`);
}
