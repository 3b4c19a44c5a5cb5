import { BaseCommand } from './baseCommand.ts';

/** What the pattern commands share: talk goes to stderr, faults of the input are the user's. */
export abstract class PatternCommand extends BaseCommand {
  protected override async catch(error: Error): Promise<never> {
    const { asUserError } = await import('../operations/pattern/asUserError.ts');
    return super.catch(asUserError(error));
  }
}
