import { join } from 'node:path';
import { type InstanceState, parseWatchState, type WatchState, watchStateText } from '../../../balancing/watchState.ts';
import { UserError } from '../../../errors/userError.ts';
import { writeWhole } from '../../../files/writeFile.ts';
import { balanceFolder, readIfThere } from '../../cluster/overlay.ts';

/** `watch.json` of the deployment's balance folder: what a controller that starts anew goes on from. */
export async function readWatchState(deploymentFile: string, cluster: string): Promise<WatchState> {
  const file = stateFile(deploymentFile);
  const fresh: WatchState = { cluster, instances: {}, nights: {} };
  const text = await readIfThere(file);
  if (text === null) return fresh;
  try {
    const state = parseWatchState(text);
    return state.cluster === cluster ? state : fresh;
  } catch (cause) {
    throw new UserError('bad_watch_state', `${file} can't be gone on from: ${(cause as Error).message}`, {
      hint: `Use the omniplace that wrote it, or delete it: the windows on the hosts are then read anew.`,
      cause,
    });
  }
}

/** The state on disk; writes wait for each other. */
export class StateOnDisk {
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly file: string,
    public state: WatchState,
  ) {}

  keep(name: string, instance: InstanceState): Promise<void> {
    return this.put({ ...this.state, instances: { ...this.state.instances, [name]: instance } });
  }

  put(state: WatchState): Promise<void> {
    this.state = state;
    const write = () => writeWhole(stateFile(this.file), watchStateText(this.state));
    // one that failed, the disk being full, must not be the last
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }
}

function stateFile(deploymentFile: string): string {
  return join(balanceFolder(deploymentFile), 'watch.json');
}
