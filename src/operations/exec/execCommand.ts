import { engineOf } from '../../engines/index.ts';
import { topologyOf } from '../../engines/topologyOf.ts';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { ignoreBrokenPipe } from '../../report/stdout.ts';
import type { Node } from '../../topology/topology.ts';
import type { RemoteHost } from '../../transport/host.ts';
import { hasTerminals, type TerminalProcess } from '../../transport/process.ts';
import { namedNodes } from '../cluster/nodes.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { type ExecWish, execInTerminal } from './exec.ts';
import { execMany } from './execMany.ts';
import { KeptOutput } from './keptOutput.ts';
import { runInContainer } from './runInContainer.ts';
import { endText } from './text.ts';

export interface ExecChoices {
  /** Nodes, hosts, roles or groups. */
  readonly nodes: readonly string[];
  readonly command: readonly string[];
  readonly interactive: boolean;
  readonly terminal: boolean;
  readonly json: boolean;
  /** Without the environment that servers get in their containers. */
  readonly bare?: boolean;
}

/** Runs a command in the containers of nodes. Of one node its output and exit code are passed on as they are. */
export async function execCommand(session: Session, choices: ExecChoices): Promise<CommandAnswer> {
  try {
    const nodes = chosenNodes(session, choices);
    if (choices.command.length === 0)
      throw new UserError('bad_usage', 'No command was given.', { hint: 'omniplace exec d0 -- nvidia-smi' });
    const { inContainer } = engineOf(session.deployment.engine);
    const command = choices.bare ? choices.command : (inContainer?.(choices.command) ?? choices.command);
    const [node] = nodes;
    return node !== undefined && nodes.length === 1
      ? await runInNode(session, node, { ...choices, command })
      : await execMany(session, nodes, command, choices.json);
  } finally {
    // an input that stays open must not keep this process alive
    process.stdin.unref?.();
  }
}

async function runInNode(session: Session, node: Node, choices: ExecChoices): Promise<CommandAnswer> {
  const { interactive, json, command: argv } = choices;
  if (choices.terminal) {
    const host = await session.pool.open(node.host, session.signal);
    const code = await inTerminal(host, { container: node.container, argv, interactive, signal: session.signal });
    return { answer: { node: node.name, host: node.host, code }, exitCode: code ?? EXIT.interrupted };
  }
  const kept = new KeptOutput();
  ignoreBrokenPipe();
  const end = await runInContainer(
    session,
    node,
    { argv, interactive },
    {
      stdin: process.stdin,
      output: async (chunk, stream) => {
        if (!json) return pass(chunk, stream === 1 ? process.stdout : process.stderr);
        kept.push(chunk, stream);
      },
    },
  );
  if (end.kind === 'unreachable') throw end.error;
  if (end.kind === 'no-container')
    throw new UserError('no_container', endText(end, node), {
      hint: `omniplace status shows what runs; omniplace serve starts what is missing`,
      exitCode: EXIT.stepFailed,
    });
  const code = end.kind === 'exit' ? end.code : null;
  return { answer: { node: node.name, host: node.host, code, ...kept.answer() }, exitCode: code ?? EXIT.interrupted };
}

function chosenNodes(session: Session, { nodes: words, interactive, terminal }: ExecChoices): readonly Node[] {
  const topology = topologyOf(session.deployment);
  const names = topology.nodes.map(({ name }) => name).join(', ');
  if (words.length === 0)
    throw new UserError('bad_usage', 'No node was given.', { hint: `There are ${names}; '*' is all of them.` });
  const { nodes, problems } = namedNodes(words, topology);
  if (problems.length > 0) throw new UserError('bad_selection', problems.join('\n'));
  if (nodes.length > 1 && (interactive || terminal))
    throw new UserError(
      'bad_usage',
      `-i and -t work with one node, and ${words.join(' ')} selects ${nodes.map(({ name }) => name).join(', ')}.`,
      { hint: 'Name one of them, or leave out -i and -t.' },
    );
  return nodes;
}

/** What another program wrote goes through byte by byte. */
function pass(chunk: Buffer, stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write(chunk, () => resolve()));
}

function inTerminal(host: RemoteHost, wish: ExecWish): Promise<number | null> {
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
