import { parseRestartWindow, type RestartWindow, restartWindowText } from '../../../balancing/restartWindow.ts';
import type { WatchRound } from '../../../balancing/watchRound.ts';
import { EXIT } from '../../../errors/exitCodes.ts';
import { UserError } from '../../../errors/userError.ts';
import { parseDuration } from '../../../files/durations.ts';
import { writeWhole } from '../../../files/writeFile.ts';
import { ignoreBrokenPipe } from '../../../report/stdout.ts';
import { readCostModel } from '../../session/readCostModel.ts';
import { openSession } from '../../session/session.ts';
import { type BalanceFlags, share } from '../balanceCommand.ts';
import { balanceContext } from '../balanceContext.ts';
import { watchMetrics } from './metrics.ts';
import { serveMetrics } from './metricsServer.ts';
import { metricsText } from './prometheus.ts';
import { createWatchTeller, watchEndText, watchRoundJson } from './text.ts';
import type { WatchChoices } from './types.ts';
import { watch } from './watch.ts';

/** Prints what is news as it comes, with --json each round as a line, until Ctrl-C or `--rounds`; then what came of it. */
export async function watchCommand(file: string | undefined, flags: BalanceFlags): Promise<number> {
  const { json, verbose, override: overrides } = flags;
  const choices = await choicesOf(flags);
  const window = choices.restartWindow;
  const tell = createWatchTeller(window === null ? null : restartWindowText(window));
  const session = await openSession({ file, overrides, json, verbose, quiet: true, journaled: window !== null });
  ignoreBrokenPipe();
  const say = (line: string): void => {
    if (!json) process.stdout.write(`${session.now().toTimeString().slice(0, 8)}  ${line}\n`);
  };
  let last: WatchRound | null = null;
  let lastMs = 0;
  const metrics = () => (last === null ? '' : metricsText(watchMetrics(last, (session.nowMs() - lastMs) / 1000)));
  let server: { close(): void } | null = null;
  try {
    server = flags.metrics === undefined ? null : await serveMetrics(flags.metrics, metrics);
    const rounds = flags.rounds ?? Number.POSITIVE_INFINITY;
    // the hours that were named are the consent
    const context = balanceContext(session, flags, say, async () => undefined);
    const onRound = async (round: WatchRound): Promise<void> => {
      if (round.instances.length > 0) [last, lastMs] = [round, session.nowMs()];
      if (json) process.stdout.write(`${watchRoundJson(round)}\n`);
      for (const line of tell(round)) say(line);
      if (flags['metrics-file'] !== undefined) await writeWhole(flags['metrics-file'], metrics());
    };
    const end = await watch(context, choices, { rounds, onRound });
    if (!json) process.stdout.write(`${watchEndText(end, last)}\n`);
    return session.signal.aborted ? EXIT.interrupted : EXIT.done;
  } finally {
    server?.close();
    await session.close();
  }
}

async function choicesOf(flags: BalanceFlags): Promise<WatchChoices> {
  const { role, cooldown = 3, wait, windows } = flags;
  return {
    role,
    intervalMs: time('--interval', flags.interval ?? '60s'),
    parThreshold: parOf(flags['par-threshold'] ?? '1.1'),
    paybackMs: time('--payback', flags.payback ?? '5m'),
    cooldown,
    cost: await readCostModel(flags['cost-model']),
    restartWindow: hoursOf(flags['restart-window']),
    restart: {
      ...flags,
      check: false,
      windows,
      waitMs: wait * 60_000,
      minGain: share('--min-gain', flags['min-gain']),
      expertShare: share('--expert-share', flags['expert-share']),
    },
  };
}

function time(flag: string, written: string): number {
  const ms = parseDuration(written) ?? 0;
  if (ms > 0) return ms;
  throw new UserError('bad_usage', `${flag} ${written} is no time.`, { hint: `Write it as ${flag} 90s, 5m or 1h.` });
}

function parOf(written: string): number {
  const par = Number(written);
  if (written.trim() !== '' && par >= 1 && Number.isFinite(par)) return par;
  throw new UserError('bad_usage', `--par-threshold is ${written}; PAR is 1 or more.`, {
    hint: 'For 10 % above the mean: 1.1',
  });
}

function hoursOf(written: string | undefined): RestartWindow | null {
  const hours = written === undefined ? null : parseRestartWindow(written);
  if (written === undefined || hours !== null) return hours;
  throw new UserError('bad_usage', `--restart-window ${written} is no time of day.`, {
    hint: 'Write it as 02:00-04:00; 22:00-04:00 goes over midnight.',
  });
}
