import stopScript from '../../templates/stop.sh';
import type { Argv } from '../shell/argv.ts';

/** Servers get this long to finish what they hold before they are killed. */
const GRACE_SECONDS = 20;

/** Run in the node's container; needs no file there, so it ends servers of any generation. */
export function stopArgv(identity: string, graceSeconds = GRACE_SECONDS): Argv {
  return ['sh', '-c', stopScript, 'stop', identity, String(graceSeconds)];
}
