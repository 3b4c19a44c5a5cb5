import { entrances } from '../../engines/entrances.ts';
import { engineOf } from '../../engines/index.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { transferRequest } from '../../engines/transferRequest.ts';
import { stateFolder } from '../../state/folder.ts';
import { lastDeployment } from '../../state/lastDeployment.ts';
import { loadDeployment } from '../session/loadDeployment.ts';
import type { LoadTransferRequest } from './watchTransfer.ts';

/**
 * What to ask the servers behind the proxy at `url`, as their deployment file has them: the one that is named, else the one served last.
 * @throws UserError for a file that is named and can't be used
 */
export async function transferBehind(url: string, named: string | undefined): Promise<LoadTransferRequest | null> {
  const file = named ?? (await lastDeployment(stateFolder()));
  if (file === null) return { unprovable: 'no deployment file was served from here: --deployment names it' };
  const loaded = loadDeployment(file, []);
  const deployment = named === undefined ? await loaded.catch(() => null) : await loaded;
  if (deployment === null) return { unprovable: `${file} can't be read: --deployment names another` };
  const cluster = {
    engine: engineOf(deployment.deployment.engine),
    deployment: deployment.deployment,
    topology: topologyOf(deployment.deployment),
  };
  const asked = new URL(url);
  const isBehind = entrances(cluster).some(({ host, port }) => host === asked.hostname && `${port}` === asked.port);
  if (!isBehind) return { unprovable: `${file} has no proxy at ${asked.host}: --deployment names the file` };
  return transferRequest(cluster);
}
