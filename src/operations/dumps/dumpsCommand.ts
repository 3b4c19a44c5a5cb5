import { resolve } from 'node:path';
import { engineOf } from '../../engines/index.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { UserError } from '../../errors/userError.ts';
import { buildClusterView } from '../cluster/clusterView.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { namedNodes } from '../cluster/nodes.ts';
import { probe } from '../cluster/planServe.ts';
import { recordingControlOf } from '../cluster/recordingControl.ts';
import { answerOf, type FetchChoices } from '../fetch/answer.ts';
import { fetchProgress } from '../fetch/progress.ts';
import type { ShownFetch } from '../fetch/text.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { fetchDumps } from './fetch.ts';
import { dumpSources } from './sources.ts';
import type { InstanceDumps } from './types.ts';
import { windowTime } from './windowTime.ts';

export async function fetchDumpsCommand(
  session: Session,
  choices: FetchChoices & { readonly all: boolean },
): Promise<CommandAnswer> {
  const { deployment } = session;
  const engine = engineOf(deployment.engine);
  const { recorded } = recordingControlOf(engine);
  const topology = topologyOf(deployment);
  const { nodes, problems } = namedNodes(choices.nodes, topology);
  const found = dumpSources({ engine, topology }, new Set(nodes.map(({ name }) => name)));
  if (problems.length > 0) throw new UserError('bad_selection', problems.join('\n'));
  if (found.problems.length > 0) throw new UserError('dumps_mixed', found.problems.join('\n'));
  if (found.sources.length === 0) {
    const role = nodes.find((node) => node.role !== 'proxy')?.role ?? 'decode';
    throw new UserError('no_dumps', 'No instance that was named records dumps.', {
      hint: `Set services.${role}.${recorded.example.key} to ${recorded.example.value}, serve, and wait for ${windowTime(recorded.windowS).length} under load.`,
    });
  }
  const inputs = await readLocalInputs(deployment);
  const clusterView = buildClusterView(deployment, inputs, await probe(deployment, inputs, session));
  const out = resolve(choices.out ?? `${topology.cluster}-dumps`);
  const progress = fetchProgress(choices.json);
  const fetched = await fetchDumps(session.pool.open, clusterView, found.sources, {
    out,
    all: choices.all,
    signal: session.signal,
    onProgress: progress.show,
  });
  progress.done();
  return answerOf(session, out, fetched, fetched.map(shownDumps));
}

function shownDumps({ name, host, into, result, problem }: InstanceDumps): ShownFetch {
  return {
    of: name,
    host,
    into,
    problem,
    result: result && {
      numFiles: result.manifest.files.length,
      bytes: result.manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
      numKept: result.fetched.numKept,
      notes: [
        ...result.manifest.folders.map(({ stamp, windows, layers, positions, recorded }) => {
          const shape = layers === null ? '' : ` of ${layers} layers x ${positions} positions`;
          const under =
            recorded.pattern === null
              ? `pattern not known: ${recorded.because}`
              : `recorded under ${recorded.pattern === 'base' ? 'the base placement' : `pattern ${recorded.pattern.slice(0, 12)}`}${recorded.dynamic ? ', dynamic' : ''}`;
          return `${stamp}: ${windows} whole windows${shape}; ${under}`;
        }),
        ...result.warnings,
      ],
      problems: [
        ...result.manifest.problems,
        ...result.manifest.folders.flatMap(({ problems }) => problems.map(({ file, message }) => `${file} ${message}`)),
      ],
    },
  };
}
