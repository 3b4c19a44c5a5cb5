import type { Deployment } from '../deployment/deployment.ts';
import type { Positions } from '../deployment/positions.ts';
import type { Topology } from './topology.ts';

/** What checks of the whole deployment look at. */
export interface CheckContext {
  readonly deployment: Deployment;
  readonly topology: Topology;
  readonly placeOf: Positions;
}
