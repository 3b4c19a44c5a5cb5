import type { Engine } from '../../engines/engine.ts';
import type { ExpertControl, RecordedLoads } from '../../engines/expertControl.ts';
import { UserError } from '../../errors/userError.ts';

type BalancedEngine = Pick<Engine, 'name' | 'experts' | 'noExperts'>;

/** The control of an engine that records loads. */
export interface RecordingControl extends ExpertControl {
  readonly recorded: RecordedLoads;
}

/** @throws UserError `no_expert_control` */
export function expertControlOf({ name, experts, noExperts }: BalancedEngine): ExpertControl {
  if (experts !== undefined) return experts;
  const because = noExperts === undefined ? '' : `: ${noExperts.because}`;
  const message = `engine ${name} does not let omniplace place its experts${because}`;
  throw new UserError('no_expert_control', message, noExperts === undefined ? {} : { hint: noExperts.hint });
}

/** @throws UserError `no_expert_control`, or `no_expert_loads` where there is nothing to balance by */
export function recordingControlOf(engine: BalancedEngine): RecordingControl {
  const control = expertControlOf(engine);
  const { recorded } = control;
  if (recorded !== null) return { ...control, recorded };
  throw new UserError('no_expert_loads', `engine ${engine.name} records no expert loads`);
}
