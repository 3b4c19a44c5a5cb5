import type { Engine } from '../../engines/engine.ts';
import type { ExpertControl, RecordedLoads } from '../../engines/expertControl.ts';
import { UserError } from '../../errors/userError.ts';

/** The control of an engine that records loads. */
export interface RecordingControl extends ExpertControl {
  readonly recorded: RecordedLoads;
}

/** @throws UserError `no_expert_control` */
export function expertControlOf({ name, experts }: Pick<Engine, 'name' | 'experts'>): ExpertControl {
  if (experts !== undefined) return experts;
  throw new UserError('no_expert_control', `engine ${name} does not let omniplace place its experts`);
}

/** @throws UserError `no_expert_control`, or `no_expert_loads` where there is nothing to balance by */
export function recordingControlOf(engine: Pick<Engine, 'name' | 'experts'>): RecordingControl {
  const control = expertControlOf(engine);
  const { recorded } = control;
  if (recorded !== null) return { ...control, recorded };
  throw new UserError('no_expert_loads', `engine ${engine.name} records no expert loads`);
}
