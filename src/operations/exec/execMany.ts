import { EXIT, type ExitCode } from '../../errors/exitCodes.ts';
import { nodeColors, showsColors } from '../../report/nodeColors.ts';
import { printable } from '../../report/printable.ts';
import { ignoreBrokenPipe } from '../../report/stdout.ts';
import type { Node } from '../../topology/topology.ts';
import { Lines } from '../../transport/output.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import type { Session } from '../session/session.ts';
import { KeptOutput } from './keptOutput.ts';
import { type ExecEnd, runInContainer } from './runInContainer.ts';
import { endText, execSummary } from './text.ts';

/** Runs a command on several nodes at once: each line follows its node's name, and a summary ends it. */
export async function execMany(
  session: Session,
  nodes: readonly Node[],
  argv: readonly string[],
  json: boolean,
): Promise<CommandAnswer> {
  ignoreBrokenPipe();
  const width = Math.max(...nodes.map(({ name }) => name.length));
  const names = nodes.map(({ name }) => name);
  const streams = { 1: process.stdout, 2: process.stderr } as const;
  const colors = {
    1: nodeColors(names, showsColors(process.stdout)),
    2: nodeColors(names, showsColors(process.stderr)),
  } as const;
  const print = (node: Node, stream: 1 | 2, line: string): boolean =>
    streams[stream].write(`${colors[stream](node.name, node.name.padEnd(width))} | ${printable(line)}\n`);
  const ran = await Promise.all(
    nodes.map(async (node) => {
      const kept = new KeptOutput();
      const lines = {
        1: new Lines((line) => print(node, 1, line)),
        2: new Lines((line) => print(node, 2, line)),
      } as const;
      const end = await runInContainer(
        session,
        node,
        { argv, interactive: false },
        {
          stdin: null,
          output: async (chunk, stream) => {
            if (json) return kept.push(chunk, stream);
            lines[stream].push(chunk);
            await drained(streams[stream]);
          },
        },
      );
      for (const stream of [1, 2] as const) lines[stream].end();
      if (!json && end.kind !== 'exit') print(node, 2, endText(end, node));
      return { node, end, kept };
    }),
  );
  const ends = ran.map(({ node, end }) => ({ node: node.name, end }));
  if (!json) process.stderr.write(`${execSummary(ends)}\n`);
  const isOk = (end: ExecEnd) => end.kind === 'exit' && end.code === 0;
  return {
    answer: {
      nodes: ran.map(({ node, end, kept }) => ({
        node: node.name,
        host: node.host,
        code: end.kind === 'exit' ? end.code : null,
        problem: end.kind === 'exit' ? null : endText(end, node),
        ...kept.answer(),
      })),
      ok: ends.filter(({ end }) => isOk(end)).length,
      failed: ends.filter(({ end }) => !isOk(end)).length,
    },
    exitCode: exitOfMany(ends.map(({ end }) => end)),
  };
}

/** Interrupted before all else; then what failed where a host was reached; hosts that can't be reached last. */
export function exitOfMany(ends: readonly ExecEnd[]): ExitCode {
  if (ends.some(({ kind }) => kind === 'interrupted')) return EXIT.interrupted;
  if (ends.some((end) => end.kind === 'no-container' || (end.kind === 'exit' && end.code !== 0)))
    return EXIT.stepFailed;
  return ends.some(({ kind }) => kind === 'unreachable') ? EXIT.unreachable : EXIT.done;
}

/** Waits until a stream has passed on what it holds, so that a slow reader slows down the hosts. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return stream.writableNeedDrain ? new Promise((resolve) => stream.write('', () => resolve())) : Promise.resolve();
}
