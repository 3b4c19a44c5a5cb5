import type { Artifact, Install, SyncTree } from '../../artifact.ts';
import type { OMNI_TAGS } from '../tags.ts';
import { type DesiredWheel, installWheels } from './installWheels.ts';

type OmniArtifact<File> = Artifact<File> & { readonly tag: (typeof OMNI_TAGS)[number] };

/** Configs, scripts, patterns and wheels: under the node's own state folder. */
export function configs<File>(files: readonly File[]): OmniArtifact<File> {
  return { tag: 'push_config', scope: 'node', restarts: true, bring: { kind: 'put', files } };
}

export function tables<File>(files: readonly File[]): OmniArtifact<File> {
  return { tag: 'ranktable', scope: 'node', restarts: true, bring: { kind: 'put', files } };
}

/** The code tree, which containers see through their mount. */
export function syncedCode<File>(tree: Omit<SyncTree, 'kind' | 'what'>): OmniArtifact<File> {
  return { tag: 'sync_code', scope: 'host', restarts: true, bring: { kind: 'sync', what: 'code', ...tree } };
}

/** Its digest counts as that of the code does. */
export function installedCode<File>(bring: Install): OmniArtifact<File> {
  return { tag: 'install_code', scope: 'node', restarts: false, bring };
}

export function installedWheels<File>(
  wheels: readonly DesiredWheel[],
  container: string,
  marker: string,
): OmniArtifact<File> {
  // the wheels themselves are among the configs, which count
  return { tag: 'pip_install', scope: 'node', restarts: false, bring: installWheels(wheels, container, marker) };
}
