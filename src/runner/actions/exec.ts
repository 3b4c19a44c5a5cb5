import { quote } from '../../shell/quote.ts';
import type { ActionRunner, StepOf } from './action.ts';

/** A command on the host, or in a container of it. */
export const exec: ActionRunner<'exec'> = { how: 'batch', script: commandOf, command: commandOf };

function commandOf({ action }: StepOf<'exec'>): string {
  const inside = action.in === null ? [] : ['docker', 'exec', ...(action.stdin === null ? [] : ['-i']), action.in];
  const command = quote([...inside, ...action.argv]);
  return action.stdin === null ? command : `${quote(['printf', '%s', action.stdin])} | ${command}`;
}
