import type { Artifact } from '../artifact.ts';
import type { HttpProbe, Readiness } from '../readiness.ts';
import { configs, installedWheels, syncedCode, tables } from './artifacts/artifacts.ts';
import type { DesiredWheel } from './artifacts/installWheels.ts';
import { joinedReadiness } from './server/readiness.ts';

/** What hosts have kept of a node before there were artifacts. */
export interface NodeOfFormat1<File> {
  readonly files: readonly File[];
  readonly rankTables: readonly File[];
  readonly code: { readonly to: string; readonly digest: string; readonly marker: string } | null;
  readonly wheels: readonly DesiredWheel[];
  readonly container: { readonly name: string };
  readonly paths: { readonly wheelsMarker: string };
  readonly server: { readonly readiness: readonly HttpProbe[]; readonly joined: string | null };
}

/** @param codeFrom where the host keeps the code */
export function artifactsOfFormat1<File>(node: NodeOfFormat1<File>, codeFrom: string): readonly Artifact<File>[] {
  const { files, rankTables, code, wheels, container, paths } = node;
  return [
    ...(code === null ? [] : [syncedCode<File>({ ...code, from: codeFrom })]),
    configs(files),
    ...(wheels.length === 0 ? [] : [installedWheels<File>(wheels, container.name, paths.wheelsMarker)]),
    tables(rankTables),
  ];
}

export function readinessOfFormat1({ server }: Pick<NodeOfFormat1<unknown>, 'server'>): Readiness {
  return server.joined === null ? { http: server.readiness } : joinedReadiness(server.joined);
}
