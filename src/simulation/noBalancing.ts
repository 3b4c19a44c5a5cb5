import type { Action, LifeCycle, Shape } from '../moves/lifeCycle.ts';
import { basePlacement, type Placement } from '../placement/index.ts';

/** What everything is compared with: the base placement, no redundancy, nothing ever moves. */
export class NoBalancing implements LifeCycle {
  readonly routing = 'uniform';
  readonly placement: Placement;

  constructor({ layers, ranks, experts }: Shape) {
    this.placement = basePlacement(layers, ranks, experts);
  }

  before(): readonly Action[] {
    return [];
  }

  after(): readonly Action[] {
    return [];
  }
}
