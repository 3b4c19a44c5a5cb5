import { setMaxListeners } from 'node:events';
import { EXIT } from '../../errors/exitCodes.ts';

/**
 * The first Ctrl-C (or TERM) asks the work to end: remote commands are ended, what is left is said. A second one forces.
 * @param say takes one line for the person at the terminal
 */
export function onInterrupt(say: (line: string) => void): {
  readonly signal: AbortSignal;
  readonly dispose: () => void;
} {
  const controller = new AbortController();
  // every step that runs listens: a hundred hosts are no leak
  setMaxListeners(0, controller.signal);
  const handle = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    say('stopping: remote commands are being ended; once more forces');
    controller.abort();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
