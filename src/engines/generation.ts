import { digestOf } from '../files/digests.ts';
import type { Argv } from '../shell/argv.ts';
import type { Artifact } from './artifact.ts';

/**
 * sha256 over all that a server is made of: any of it changed is another generation.
 * @param artifacts in an order that the engine keeps; null: one that this deployment does without
 */
export function serverGeneration(containerSpec: string, artifacts: readonly (Artifact | null)[], argv: Argv): string {
  const counted = artifacts.filter((artifact) => artifact?.restarts !== false);
  return digestOf([containerSpec, ...counted.map(contentOf), argv]);
}

/** Equal for equal contents, whatever the times and modes of files. */
function contentOf(artifact: Artifact | null): unknown {
  if (artifact === null) return null;
  const { bring } = artifact;
  if (bring.kind === 'put') return bring.files.map(({ path, sha256 }) => [path, sha256]);
  return bring.kind === 'sync' ? bring.digest : bring.lines;
}
