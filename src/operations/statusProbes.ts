import { completionText } from '../runner/actions/request.ts';
import { request } from '../transport/http.ts';
import type { Pool } from '../transport/pool.ts';
import type { StatusProbes } from './status.ts';

const HEALTH_TIMEOUT_MS = 2_000;
const TOKEN_TIMEOUT_MS = 3_000;

/** Asks the real servers, through the SSH connections the facts came by. */
export function liveProbes(pool: Pool, signal: AbortSignal): StatusProbes {
  return {
    health: async (address, port, path) => {
      try {
        const { status } = await request(await pool.open(address, signal), {
          port,
          path,
          timeoutMs: HEALTH_TIMEOUT_MS,
          signal,
        });
        return status === 200 ? null : `${path} answers ${status}`;
      } catch (error) {
        return words(error);
      }
    },
    completion: async (address, { port, called, model, prompt, maxTokens }) => {
      const begunMs = performance.now();
      try {
        const { status, body } = await request(await pool.open(address, signal), {
          port,
          method: 'POST',
          path: '/v1/completions',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model, prompt, max_tokens: maxTokens, temperature: 0 }),
          timeoutMs: TOKEN_TIMEOUT_MS,
          signal,
        });
        const text = status === 200 ? completionText(body) : null;
        if (text) return { text, tookMs: Math.round(performance.now() - begunMs) };
        const said = body.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
        return {
          problem:
            status === 200
              ? `${called} answered 200 without a token`
              : `${called} answered ${status}${said === '' ? '' : `: ${said}`}`,
        };
      } catch (error) {
        return { problem: words(error) };
      }
    },
  };
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
