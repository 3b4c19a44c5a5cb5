import drainScript from '../../../../templates/drain_vllm.sh';
import type { Argv } from '../../../shell/argv.ts';
import { stopArgv } from '../../stopArgv.ts';

/** For what is left once requests had their time. */
const GRACE_SECONDS = 15;

/** Run in the node's container: its servers finish their requests, then all that is left is ended. */
export function drainArgv(identity: string, shutdownTimeoutS: number): Argv {
  const [shell, flag, script, ...words] = stopArgv(identity, GRACE_SECONDS);
  return [shell!, flag!, `${drainScript}${script}`, ...words, String(shutdownTimeoutS)];
}
