import { quote } from '../../shell/quote.ts';
import type { ActionRunner, StepOf } from './action.ts';

/** A command on the host, or in a container of it. */
export const exec: ActionRunner<'exec'> = { how: 'batch', script: commandOf, command: commandOf };

function commandOf({ action }: StepOf<'exec'>): string {
  // the leash's name goes into the container, so that our end is the end of what runs there
  const input = action.stdin === null ? [] : ['-i'];
  const inside = action.in === null ? [] : ['docker', 'exec', '-e', 'OMNIPLACE_LEASH', ...input, action.in];
  const command = quote([...inside, ...action.argv]);
  return action.stdin === null ? command : `${quote(['printf', '%s', action.stdin])} | ${command}`;
}
