import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT } from '../../errors/exitCodes.ts';
import { UserError } from '../../errors/userError.ts';
import { unreadable } from '../../files/readBytes.ts';
import { stateFolder } from '../../state/folder.ts';
import { confirmDisruption } from '../session/confirm.ts';
import type { FlagsOf } from '../session/flagsOf.ts';
import { deploymentFile } from '../session/loadDeployment.ts';
import type { CommandAnswer } from '../session/runAnswer.ts';
import { openSession } from '../session/session.ts';
import { balance } from './balance.ts';
import { type BalanceContextFlags, balanceContext } from './balanceContext.ts';
import type { balanceFlags } from './balanceFlags.ts';
import { readBalanceHistory } from './files.ts';
import { balanceHistoryText, balanceText } from './text.ts';

export type BalanceFlags = FlagsOf<typeof balanceFlags> & Pick<BalanceContextFlags, 'json' | 'version'>;

export async function balanceCommand(file: string | undefined, flags: BalanceFlags): Promise<CommandAnswer> {
  const { override: overrides, json, verbose, check } = flags;
  const minGain = share('--min-gain', flags['min-gain']);
  const expertShare = share('--expert-share', flags['expert-share']);
  const session = await openSession({ file, overrides, json, verbose, quiet: true, journaled: !check });
  try {
    const answer = await balance(
      balanceContext(
        session,
        flags,
        (line) => {
          if (!json) process.stderr.write(`${line}\n`);
        },
        (plan) => confirmDisruption(plan, flags.yes, session.signal),
      ),
      { ...flags, minGain, expertShare, waitMs: flags.wait * 60_000 },
    );
    return { answer, text: balanceText(answer), exitCode: answer.exitCode };
  } catch (error) {
    if (!session.signal.aborted) throw error;
    throw new UserError('interrupted', 'Interrupted. Run it again: it goes on from where it was.', {
      exitCode: EXIT.interrupted,
      cause: error,
    });
  } finally {
    await session.close();
  }
}

export async function balanceHistoryCommand(named: string | undefined): Promise<CommandAnswer> {
  const file = resolve(await deploymentFile(named, stateFolder()));
  const decisions = await readBalanceHistory(file);
  if (decisions.length === 0)
    await access(file).catch((error) => {
      throw unreadable(file, error);
    });
  return { answer: { deployment: file, decisions }, text: balanceHistoryText(decisions), exitCode: EXIT.done };
}

export function share(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new UserError('bad_usage', `${flag} is ${text}, not a share from 0 to 1`, { hint: `For 2 %: ${flag} 0.02` });
}
