import { topologyOf } from '../../engines/topologyOf.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { ignoreBrokenPipe } from '../../report/stdout.ts';
import type { RemoteHost } from '../../transport/host.ts';
import { hasTerminals, type TerminalProcess } from '../../transport/process.ts';
import { namedNodes } from '../cluster/nodes.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { execIn, execInTerminal } from './exec.ts';

export interface ExecChoices {
  readonly node: string | undefined;
  readonly command: readonly string[];
  readonly interactive: boolean;
  readonly terminal: boolean;
  readonly json: boolean;
}

const KEPT_BYTES = 1024 * 1024;

/** Runs a command in a node's container; the exit code is the command's own. */
export async function execCommand(session: Session, choices: ExecChoices): Promise<CommandAnswer> {
  try {
    return await runInNode(session, choices);
  } finally {
    // an input that stays open must not keep this process alive
    process.stdin.unref?.();
  }
}

async function runInNode(session: Session, choices: ExecChoices): Promise<CommandAnswer> {
  const node = oneNode(session, choices.node);
  if (choices.command.length === 0)
    throw new UserError('bad_usage', 'No command was given.', { hint: 'omniplace exec d0 -- nvidia-smi' });
  const host = await session.pool.open(node.host, session.signal);
  const wish = {
    container: node.container,
    argv: choices.command,
    interactive: choices.interactive,
    signal: session.signal,
  };
  if (choices.terminal) {
    const code = await inTerminal(host, wish);
    return { answer: { node: node.name, host: node.host, code }, exitCode: code ?? EXIT.interrupted };
  }
  const kept: Record<1 | 2, Buffer[]> = { 1: [], 2: [] };
  let keptBytes = 0;
  ignoreBrokenPipe();
  const code = await execIn(host, wish, {
    stdin: process.stdin,
    output: async (chunk, stream) => {
      if (!choices.json) return pass(chunk, stream === 1 ? process.stdout : process.stderr);
      if (keptBytes < KEPT_BYTES) kept[stream].push(chunk);
      keptBytes += chunk.length;
    },
  });
  const text = (stream: 1 | 2) => Buffer.concat(kept[stream]).toString('utf8');
  return {
    answer: { node: node.name, host: node.host, code, stdout: text(1), stderr: text(2), cut: keptBytes >= KEPT_BYTES },
    exitCode: code ?? EXIT.interrupted,
  };
}

function oneNode(session: Session, word: string | undefined) {
  const topology = topologyOf(session.deployment);
  const names = topology.nodes.map(({ name }) => name).join(', ');
  if (word === undefined) throw new UserError('bad_usage', 'No node was given.', { hint: `There are ${names}.` });
  const { nodes, problems } = namedNodes([word], topology);
  if (problems.length > 0) throw new UserError('bad_selection', problems.join('\n'));
  const [node] = nodes;
  if (node !== undefined && nodes.length === 1) return node;
  throw new UserError('bad_selection', `${word} is ${nodes.map(({ name }) => name).join(', ')}: exec takes one node.`);
}

/** What another program wrote goes through byte by byte. */
function pass(chunk: Buffer, stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write(chunk, () => resolve()));
}

function inTerminal(host: RemoteHost, wish: Parameters<typeof execIn>[1]): Promise<number | null> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UserError('bad_usage', '-t needs a terminal, and there is none here.', { hint: 'Leave out -t.' });
  if (!hasTerminals(host)) throw new Error(`${host.address} gives no terminals`);
  const size = () => ({ rows: process.stdout.rows, columns: process.stdout.columns });
  return execInTerminal(host, wish, size(), (terminal) => attach(terminal, size, wish.interactive));
}

/** Connects our terminal to that of the command: keys go there as they are, Ctrl-C too. */
function attach(
  terminal: TerminalProcess,
  size: () => { rows: number; columns: number },
  interactive: boolean,
): () => void {
  const resize = () => terminal.resize(size());
  const send = (keys: Buffer) => void terminal.stdin.write(keys);
  terminal.stdout.on('data', (chunk: Buffer) => {
    if (!process.stdout.write(chunk)) {
      terminal.stdout.pause();
      process.stdout.once('drain', () => terminal.stdout.resume());
    }
  });
  process.stdout.on('resize', resize);
  if (interactive) {
    process.stdin.setRawMode(true);
    process.stdin.on('data', send);
  }
  return () => {
    process.stdout.off('resize', resize);
    if (!interactive) return;
    process.stdin.off('data', send);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  };
}
