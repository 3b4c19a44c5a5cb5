import type { BalanceRecord } from '../../../balancing/record.ts';
import { isWithin, nightOf } from '../../../balancing/restartWindow.ts';
import type { BalanceTarget } from '../../../balancing/targets.ts';
import { withRollOut } from '../../../balancing/watchAsk.ts';
import type { InstanceRound } from '../../../balancing/watchRound.ts';
import type { WatchState } from '../../../balancing/watchState.ts';
import type { ServerRole } from '../../../deployment/deployment.ts';
import { UserError } from '../../../errors/userError.ts';
import { TransportError } from '../../../transport/host.ts';
import { readPending } from '../files.ts';
import type { BalanceContext } from '../types.ts';
import type { WatchChoices } from './types.ts';

/** Where engines can't swap experts while they serve: what is to be gained waits for the hours in which restarts are allowed. */
export class NightlyRestart {
  /** by instance: whether the last decision on it wants a restart */
  readonly #wanted = new Map<string, boolean>();

  constructor(
    private readonly targets: readonly BalanceTarget[],
    private readonly choices: Pick<WatchChoices, 'restartWindow' | 'restart'>,
    private readonly context: Pick<BalanceContext, 'file' | 'now' | 'signal'>,
    /** What `balance` does for a role. */
    private readonly balanceRole: (role: ServerRole) => Promise<readonly BalanceRecord[]>,
    private readonly store: { readonly state: WatchState; put(state: WatchState): Promise<void> },
  ) {}

  /** Rolls out, within those hours and once a night for each role, what `balance` finds worth it. */
  async take(
    instances: readonly InstanceRound[],
  ): Promise<{ readonly restarts: readonly BalanceRecord[]; readonly problems: readonly string[] }> {
    for (const { name, decision } of instances) {
      if (decision === null) continue;
      const { layers, stepTimeGain } = decision;
      this.#wanted.set(name, (layers.restart_window ?? 0) > 0 && stepTimeGain >= this.choices.restart.minGain);
    }
    const restarts: BalanceRecord[] = [];
    const problems: string[] = [];
    const window = this.choices.restartWindow;
    const now = this.context.now();
    if (window === null || !isWithin(window, now)) return { restarts, problems };
    const night = nightOf(window, now);
    const begun = (await readPending(this.context.file))?.target;
    for (const { name, role } of this.targets) {
      if (this.context.signal.aborted) break;
      const wants = instances.some((one) => one.target === name && this.#wanted.get(one.name) === true);
      if ((!wants && begun !== name) || this.store.state.nights[name] === night) continue;
      const ofRole = this.targets.filter((target) => target.role === role).map((target) => [target.name, night]);
      const { state } = this.store;
      await this.store.put({ ...state, nights: { ...state.nights, ...Object.fromEntries(ofRole) } });
      try {
        const targets = await this.balanceRole(role);
        restarts.push(...targets);
        await this.#count(instances, targets);
      } catch (error) {
        if (this.context.signal.aborted) break;
        if (!(error instanceof UserError) && !(error instanceof TransportError)) throw error;
        problems.push(error.message.startsWith(`${name}: `) ? error.message : `${name}: ${error.message}`);
      }
    }
    return { restarts, problems };
  }
  async #count(instances: readonly InstanceRound[], records: readonly BalanceRecord[]): Promise<void> {
    const after = { ...this.store.state.instances };
    for (const { name, target } of instances) {
      const record = records.find((one) => one.target === target);
      if (record?.decision === 'applied') after[name] = withRollOut(after[name]!, record);
    }
    await this.store.put({ ...this.store.state, instances: after });
  }
}
