import { resolve } from 'node:path';
import { EXIT } from '../errors/exitCodes.ts';
import { UserError } from '../errors/userError.ts';
import { drawPicture } from '../operations/cluster/clusterView.ts';
import { NO_INPUTS, readLocalInputs } from '../operations/cluster/localInputs.ts';
import { namedNodes } from '../operations/cluster/nodes.ts';
import { probe } from '../operations/cluster/planServe.ts';
import { fetchDumps } from '../operations/dumps/fetch.ts';
import { dumpSources } from '../operations/dumps/sources.ts';
import type { InstanceDumps } from '../operations/dumps/types.ts';
import { fetchLogs, type NodeLogs } from '../operations/fetch/logs.ts';
import { fetchProgress } from '../operations/fetch/progress.ts';
import { fetchedText, type ShownFetch } from '../operations/fetch/text.ts';
import type { CommandAnswer } from '../operations/session/runAnswer.ts';
import type { Session } from '../operations/session/session.ts';
import { buildTopology } from '../topology/build.ts';

export interface FetchChoices {
  readonly nodes: readonly string[];
  readonly out: string | undefined;
  readonly json: boolean;
}

export async function fetchLogsCommand(session: Session, choices: FetchChoices): Promise<CommandAnswer> {
  const { desired, topology } = drawPicture(session.deployment, NO_INPUTS, {});
  const { nodes, problems } = namedNodes(choices.nodes, topology);
  if (problems.length > 0) throw new UserError('bad_selection', problems.join('\n'));
  const out = resolve(choices.out ?? `${topology.cluster}-logs`);
  const progress = fetchProgress(choices.json);
  const fetched = await fetchLogs(session.pool.open, desired, nodes, {
    out,
    signal: session.signal,
    onProgress: progress.show,
  });
  progress.done();
  return answerOf(session, out, fetched, fetched.map(shownLogs));
}

export async function fetchDumpsCommand(
  session: Session,
  choices: FetchChoices & { readonly all: boolean },
): Promise<CommandAnswer> {
  const { deployment } = session;
  const topology = buildTopology(deployment);
  const { nodes, problems } = namedNodes(choices.nodes, topology);
  const found = dumpSources({ topology }, new Set(nodes.map(({ name }) => name)));
  if (problems.length > 0) throw new UserError('bad_selection', problems.join('\n'));
  if (found.problems.length > 0) throw new UserError('dumps_mixed', found.problems.join('\n'));
  if (found.sources.length === 0) {
    const role = nodes.find((node) => node.role !== 'proxy')?.role ?? 'decode';
    throw new UserError('no_dumps', 'No instance that was named records dumps.', {
      hint: `Set services.${role}.placement to {mode: base, dump: true}, serve, and wait for a minute under load.`,
    });
  }
  const inputs = await readLocalInputs(deployment);
  const picture = drawPicture(deployment, inputs, await probe(deployment, inputs, session));
  const out = resolve(choices.out ?? `${topology.cluster}-dumps`);
  const progress = fetchProgress(choices.json);
  const fetched = await fetchDumps(session.pool.open, picture, found.sources, {
    out,
    all: choices.all,
    signal: session.signal,
    onProgress: progress.show,
  });
  progress.done();
  return answerOf(session, out, fetched, fetched.map(shownDumps));
}

function answerOf(
  session: Session,
  out: string,
  fetched: readonly { readonly problem: string | null; readonly unreachable: boolean }[],
  shown: readonly ShownFetch[],
): CommandAnswer {
  const failed = fetched.filter(({ problem }) => problem !== null);
  const damaged = shown.some(({ result }) => result !== null && result.problems.length > 0);
  const exitCode = session.signal.aborted
    ? EXIT.interrupted
    : damaged || failed.some(({ unreachable }) => !unreachable)
      ? EXIT.stepFailed
      : failed.length > 0
        ? EXIT.unreachable
        : EXIT.done;
  const again = exitCode === EXIT.done ? '' : '\nWhat is here is kept: the same command goes on from there.';
  return { answer: { out, exitCode, fetched }, text: `${fetchedText(shown)}${again}`, exitCode };
}

function shownLogs({ node, host, into, result, problem }: NodeLogs): ShownFetch {
  return {
    of: node,
    host,
    into,
    problem,
    result: result && {
      numFiles: result.files.length,
      bytes: result.files.reduce((sum, { bytes }) => sum + bytes, 0),
      numKept: result.numKept,
      notes: result.files.length === 0 ? ['no logs yet'] : [],
      problems: result.problems,
    },
  };
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
