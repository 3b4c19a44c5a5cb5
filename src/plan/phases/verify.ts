import { entrances } from '../../engines/entrances.ts';
import { transferRequest } from '../../engines/transferRequest.ts';
import { unprovableWords } from '../../facts/transfers/transferWords.ts';
import { stepOf } from '../step.ts';
import type { Phase } from './context.ts';

const DEADLINE_MS = 2 * 60_000;
const BECAUSE_SILENT =
  'decode computes prompts by itself, without a word, where their KV cache does not come from prefill';

/** A token from everywhere that clients ask: the only proof that the cluster serves. Then that its KV cache came from prefill. */
export const verify: Phase = (context) => {
  const transfer = transferRequest(context);
  const unproven =
    transfer !== null && 'unprovable' in transfer ? { unproven: unprovableWords(transfer.unprovable) } : {};
  const asked = entrances(context);
  const tokens = asked.map(({ node, host, port, called, because }) => {
    const model = context.deployment.servedModelName;
    const request = { port, called, model, prompt: 'Alice is ', maxTokens: 8, ...unproven };
    return stepOf(
      'verify',
      'completion',
      { node, host, because },
      { title: `ask ${called} for a completion`, action: { kind: 'request', request }, deadlineMs: DEADLINE_MS },
    );
  });
  const [entrance] = asked;
  if (transfer === null || 'unprovable' in transfer || entrance === undefined) return tokens;
  const proof = stepOf(
    'verify',
    'kv-transfer',
    { node: entrance.node, host: entrance.host, because: BECAUSE_SILENT },
    {
      title: 'check that decode receives KV from prefill',
      action: { kind: 'proof', request: transfer },
      needs: tokens.map(({ id }) => id),
      deadlineMs: DEADLINE_MS,
    },
  );
  return [...tokens, proof];
};
