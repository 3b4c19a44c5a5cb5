import type { PortsOf } from '../../engines/boundPorts.ts';
import type { AskedDies } from '../cluster/askDies.ts';
import type { ClusterView } from '../cluster/clusterView.ts';

/** All that a diagnosis is made from. */
export interface Examination {
  readonly view: ClusterView;
  readonly dies: AskedDies;
  /** By host and container of ours that runs: whether it can read the model; null: it did not answer. */
  readonly modelIn: Readonly<Record<string, Readonly<Record<string, boolean | null>>>>;
  readonly portsOf: PortsOf;
}
