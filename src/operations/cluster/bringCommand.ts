import { quote } from '../../shell/quote.ts';
import type { ClusterView } from './clusterView.ts';

/** The command that brings hosts to what should be: after a rollback the deployment file is not what they should run. */
export function bringCommand({ deployment, kept }: Pick<ClusterView, 'deployment' | 'kept'>): string {
  const file = quote([deployment.file]);
  return kept === undefined ? `omniplace serve ${file}` : `omniplace rollback ${file} --to ${kept.run}`;
}
