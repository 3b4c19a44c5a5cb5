import { proveTransfers } from '../../facts/transfers/proveTransfers.ts';
import { transferAsker } from '../../facts/transfers/transferAsker.ts';
import { transferWords } from '../../facts/transfers/transferWords.ts';
import { readKey } from '../apiKeyAnswer.ts';
import type { ActionRunner } from './action.ts';

/** Of one request for a token. */
const TIMEOUT_MS = 30_000;

/** Fails where decode computes prompts by itself. What can't be proven is no failure, and is shown. */
export const proof: ActionRunner<'proof'> = {
  how: 'alone',
  run: async ({ action: { request } }, _host, { open, signal, apiKey }) => {
    const limits = async () => ({ timeoutMs: TIMEOUT_MS, signal, apiKey: (await readKey(apiKey)).value });
    const findings = await proveTransfers(request, transferAsker(request, open, limits));
    const words = transferWords(findings);
    return findings.state === 'missing'
      ? { status: 'failed', message: `DEGRADED: ${words}` }
      : { status: 'ok', message: words };
  },
};
