import buildScript from '../../../../templates/build_wheels.sh';
import type { NodePaths } from '../../../topology/paths.ts';
import type { DesiredBuild } from '../../engine.ts';
import { CODE_FOLDER } from '../hostPaths.ts';

/** build/build.sh of OmniInfer, and OmniPlacement's setup.py. */
export function desiredBuild({ folder }: NodePaths): DesiredBuild {
  const built = `${folder}/built`;
  return { argv: ['sh', '-c', buildScript, 'build_wheels', CODE_FOLDER, built], folder: built };
}
