import type { Step } from '../step.ts';

/** Behind tag and node in the step's id. */
export const PAUSE = 'pause';

/** Whether a step lets the router leave out a server. It makes nothing that a later step needs. */
export function isPause({ id, node, tag }: Step): boolean {
  return id === `${tag}/${node}/${PAUSE}`;
}
