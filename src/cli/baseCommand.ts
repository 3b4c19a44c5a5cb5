import { Command } from '@oclif/core';
import { EXIT } from '../errors/exitCodes.ts';
import type { CommandAnswer } from '../operations/session/runAnswer.ts';
import { describeError } from './describeError.ts';
import { Ended } from './ended.ts';

/**
 * What every command shares: `--json` prints one document on stdout and nothing else; errors go to stderr and end with
 * the exit code they stand for (`exitCodes.ts`).
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  /** Prints a line on stderr; nothing with `--json`. */
  protected readonly say = (line: string): void => {
    if (!this.jsonEnabled()) process.stderr.write(`${line}\n`);
  };

  /** Prints what a verb answers: its text, or with `--json` what is returned here. Its exit code is the command's. */
  protected print<Answer>({ answer, text, exitCode }: CommandAnswer<Answer>): Answer {
    if (text !== undefined) this.log(text);
    process.exitCode = exitCode;
    return answer;
  }

  protected override async catch(error: Error): Promise<never> {
    // thrown by this.exit(): everything is printed already
    if ('code' in error && error.code === 'EEXIT') throw error;
    const { exitCode, text, json } = describeError(error);
    if (this.jsonEnabled()) this.logJson(json);
    else process.stderr.write(`${text}\n`);
    return this.exit(exitCode);
  }

  /** Ends the command; the caller has printed everything. */
  override exit(code: number = EXIT.done): never {
    throw new Ended(code);
  }
}
