import { expect, it } from 'vitest';
import { vllmEngine } from '../../../src/engines/vllm/index.ts';
import type { UserError } from '../../../src/errors/userError.ts';
import { recordingControlOf } from '../../../src/operations/cluster/recordingControl.ts';

it('refuses to balance vLLM with the reason, and with what to do instead', () => {
  const refusal = () => {
    try {
      recordingControlOf(vllmEngine);
      return null;
    } catch (error) {
      const { code, message, hint } = error as UserError;
      return { code, message, hint };
    }
  };
  expect(refusal()).toEqual({
    code: 'no_expert_control',
    message:
      'engine vllm does not let omniplace place its experts: released vLLM reads no map of experts at its start, and writes no loads of them',
    hint: 'Set enable_eplb: true and eplb_config, and vLLM moves experts itself. `omniplace pattern export` writes maps in its form for builds of your own.',
  });
});
