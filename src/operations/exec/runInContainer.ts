import { quote } from '../../shell/quote.ts';
import type { Node } from '../../topology/topology.ts';
import { type RunResult, TransportError } from '../../transport/host.ts';
import type { Session } from '../session/session.ts';
import { type ExecWish, execIn } from './exec.ts';

/** How a command ended on a node. */
export type ExecEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'interrupted' }
  /** The host could not be reached, or the connection was lost. */
  | { readonly kind: 'unreachable'; readonly error: TransportError }
  /** The host has no such container that runs, or no docker that answers. */
  | { readonly kind: 'no-container'; readonly problem: string };

/** Runs a command in the container of a node, and finds out whether it ran there at all. */
export async function runInContainer(
  session: Session,
  node: Node,
  wish: Pick<ExecWish, 'argv' | 'interactive'>,
  io: Parameters<typeof execIn>[2],
): Promise<ExecEnd> {
  const { signal } = session;
  try {
    const host = await session.pool.open(node.host, signal);
    const code = await execIn(host, { ...wish, container: node.container, signal }, io);
    if (code === null) return { kind: 'interrupted' };
    if (!DOCKER_CODES.has(code)) return { kind: 'exit', code };
    const problem = containerProblem(await host.run(stateScript(node.container), { signal, deadlineMs: DEADLINE_MS }));
    return problem === null ? { kind: 'exit', code } : { kind: 'no-container', problem };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return signal.aborted ? { kind: 'interrupted' } : { kind: 'unreachable', error };
  }
}

/** Of `docker exec` that ran nothing: 1 from docker, 125 from podman, 127 from sh without docker. A command may end with them too. */
const DOCKER_CODES: ReadonlySet<number> = new Set([1, 125, 127]);
/** For the question whether the container runs; docker answers in tens of milliseconds. */
const DEADLINE_MS = 10_000;

function stateScript(container: string): string {
  return quote(['docker', 'container', 'inspect', '--format', '{{.State.Status}}', container]);
}

/** Why no command can run in the container; null: it runs. */
export function containerProblem({
  code,
  stdout,
  stderr,
  ended,
}: Pick<RunResult, 'code' | 'stdout' | 'stderr' | 'ended'>): string | null {
  if (ended !== 'exit') return `docker did not answer within ${DEADLINE_MS / 1000} s`;
  const state = stdout.trim();
  if (code === 0) return state === 'running' ? null : `it is ${state}`;
  const words =
    stderr
      .trim()
      .split('\n')
      .find((line) => line.trim() !== '') ?? `docker ended with exit code ${code}`;
  return /no such (container|object)/i.test(words) ? 'there is no such container' : words;
}
