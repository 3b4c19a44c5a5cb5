import { NO_OVERLAY } from '../../../balancing/overlay.ts';
import { basePlacement, type Placement } from '../../../placement/index.ts';
import { buildClusterView } from '../../cluster/clusterView.ts';
import { readLocalInputs } from '../../cluster/localInputs.ts';
import { readOverlay } from '../../cluster/overlay.ts';
import { probe } from '../../cluster/planServe.ts';
import { expertControlOf } from '../../cluster/recordingControl.ts';
import { dumpSources, recordedUnder } from '../../dumps/index.ts';
import { readPlacement } from '../../pattern/index.ts';
import type { BalanceContext } from '../types.ts';
import type { Observation } from './observe.ts';
import type { Watched } from './round.ts';

/**
 * What an engine that does not swap experts serves since it was started: base, or the pattern that the deployment says. Null:
 * nothing tells its shape yet.
 * @throws Error why it is not known: then its windows mean nothing
 */
export async function patternServed(
  watched: Watched,
  observation: Observation,
  context: BalanceContext,
): Promise<Placement | null> {
  const [first] = observation.windows;
  // an engine that swaps writes its map as it starts
  if (first === undefined || observation.engine !== null) return null;
  const deployment = await context.load((await readOverlay(context.file)) ?? NO_OVERLAY);
  const inputs = await readLocalInputs(deployment);
  const clusterView = buildClusterView(deployment, inputs, await probe(deployment, inputs, context));
  const all = new Set(clusterView.topology.nodes.map(({ name }) => name));
  const source = dumpSources(clusterView, all).sources.find(({ name }) => name === watched.name);
  if (source === undefined) throw new Error('the deployment has it no more');
  const { pattern, dynamic, because } = recordedUnder(clusterView, source, true);
  if (pattern === null) throw new Error(`what its windows are recorded under is not known: ${because}`);
  if (dynamic)
    throw new Error(`its engine moves experts by itself (${expertControlOf(clusterView.engine).dynamicKey})`);
  const { file } = source.placed;
  if (file !== null) return (await readPlacement(file)).placement;
  const { layers, positions } = source.codec.parse(first.content);
  const { experts } = clusterView.engine.model(deployment, clusterView.facts, watched.host);
  return basePlacement(layers, watched.ranks, experts ?? positions);
}
