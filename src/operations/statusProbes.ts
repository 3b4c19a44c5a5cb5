import { complete } from '../transport/completion.ts';
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
    completion: async (address, wanted) => {
      try {
        const host = await pool.open(address, signal);
        const { status, body, text, tookMs } = await complete(host, wanted, { timeoutMs: TOKEN_TIMEOUT_MS, signal });
        if (text) return { text, tookMs };
        if (status === 200) return { problem: `${wanted.called} answered 200 without a token` };
        const said = body.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
        return { problem: `${wanted.called} answered ${status}${said === '' ? '' : `: ${said}`}` };
      } catch (error) {
        return { problem: words(error) };
      }
    },
  };
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
