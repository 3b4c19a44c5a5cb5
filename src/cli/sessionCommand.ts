import type { CommandAnswer } from '../operations/session/runAnswer.ts';
import type { Session, SessionOptions } from '../operations/session/session.ts';
import { BaseCommand } from './baseCommand.ts';

/** The flags that a session takes as they are. */
interface SessionFlags {
  readonly override: readonly string[];
  readonly verbose?: boolean;
  readonly timings?: boolean;
  readonly trace?: string | undefined;
}

interface SessionWish extends Omit<SessionOptions, 'overrides' | 'json' | 'verbose' | 'timings' | 'trace'> {
  readonly flags: SessionFlags;
}

/** A command that works on the hosts of one deployment. */
export abstract class SessionCommand extends BaseCommand {
  /** Opens a session, lets the verb work in it, prints its answer, and closes the session in every case. */
  protected async inSession<Verb>(
    verb: Promise<Verb>,
    { flags, ...options }: SessionWish,
    work: (verb: Verb, session: Session) => Promise<CommandAnswer>,
  ): Promise<unknown> {
    const [{ openSession }, loaded] = await Promise.all([import('../operations/session/session.ts'), verb]);
    const { override: overrides, verbose = false, timings = false, trace } = flags;
    const session = await openSession({ ...options, overrides, verbose, timings, trace, json: this.jsonEnabled() });
    try {
      return this.print(await work(loaded, session));
    } finally {
      await session.close();
    }
  }
}
