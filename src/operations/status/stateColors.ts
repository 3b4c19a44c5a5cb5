import type { ClusterState } from './types.ts';

/** Puts a text in the colour of a state. */
export type Paint = (state: ClusterState, text: string) => string;

const GREEN = 32;
const YELLOW = 33;
const RED = 31;

const COLORS: Readonly<Record<ClusterState, number>> = {
  serving: GREEN,
  slow: YELLOW,
  maintenance: YELLOW,
  degraded: YELLOW,
  starting: YELLOW,
  dead: RED,
  stopped: RED,
  unreachable: RED,
};

export function painter(isOn: boolean): Paint {
  return (state, text) => (isOn ? `\u001b[${COLORS[state]}m${text}\u001b[0m` : text);
}
