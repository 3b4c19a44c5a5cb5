import { posix } from 'node:path';
import buildScript from '../../../../templates/build_wheels.sh';
import type { Deployment } from '../../../deployment/deployment.ts';
import { nodePaths } from '../../../topology/paths.ts';
import type { BuildFromSource } from '../../buildFromSource.ts';
import { CODE_FOLDER } from '../hostPaths.ts';
import { READ_IMAGE_ENV } from '../imageEnv.ts';
import { omniSettings } from '../settings.ts';
import { BUILD_TAG } from '../tags.ts';

/** build/build.sh of OmniInfer and OmniPlacement's setup.py, in a server's container on `services.build_host`, or the first. */
export const buildWheels: BuildFromSource = {
  tag: BUILD_TAG,
  what: 'wheels',
  build: (deployment, topology) => {
    const { buildHost } = omniSettings(deployment);
    const servers = topology.nodes.filter(({ role }) => role !== 'proxy');
    const server = servers.find(({ host }) => buildHost === null || host === buildHost);
    if (server === undefined) return null;
    const folder = `${nodePaths(deployment.statePath, deployment.name, server.name).folder}/built`;
    return {
      node: server.name,
      argv: ['bash', '-c', `${READ_IMAGE_ENV}\n${buildScript}`, 'build_wheels', CODE_FOLDER, folder],
      folder,
      names: '*.whl',
      into: wheelsFolder(deployment) ?? { unset: 'name them in services.wheels: `wheels: [dist/*.whl]`' },
    };
  },
};

/** Folder that `services.wheels` names; null: none, or a pattern. */
function wheelsFolder(deployment: Deployment): string | null {
  const [first] = omniSettings(deployment).wheels;
  const folder = first === undefined ? null : posix.dirname(first);
  return folder === null || /[*?[]/.test(folder) ? null : folder;
}
