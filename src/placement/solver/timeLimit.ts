import type { Layer } from './layer.ts';

/** Steps of a search between two questions for the time limit, less one: a power of two, well under a millisecond. */
const STEPS_MASK = 255;

/** Whether a search must end with what it has; asked at every step, looks at the time limit at every 256th. */
export function isTimeUp(layer: Layer, step: number): boolean {
  return (step & STEPS_MASK) === STEPS_MASK && layer.shouldStop();
}

export interface TimeLimit {
  /** once true it stays true, and the caller is not asked again */
  readonly shouldStop: () => boolean;
  readonly hasStopped: () => boolean;
}

export function createTimeLimit(ask: () => boolean = never): TimeLimit {
  let isUp = false;
  const shouldStop = () => {
    isUp ||= ask();
    return isUp;
  };
  return { shouldStop: ask === never ? never : shouldStop, hasStopped: () => isUp };
}

/** A layer whose searches have to finish, as the time limit is over and a placement is needed all the same. */
export function withoutLimit(layer: Layer): Layer {
  return { ...layer, shouldStop: never };
}

/** The default of a layer: no time limit. */
export function never(): boolean {
  return false;
}
