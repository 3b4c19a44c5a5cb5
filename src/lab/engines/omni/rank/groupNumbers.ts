import { Refusal } from '../../shared/refusal.ts';
import type { EngineRules } from '../dialects/rules.ts';

/** Checks the groups of the global rank table against the numbers of instances in the environment. */
export function checkGroupNumbers(
  rule: EngineRules['groups'],
  groupIds: Iterable<number>,
  env: NodeJS.ProcessEnv,
): void {
  const prefill = Number(env.PREFILL_POD_NUM ?? 1);
  const decode = Number(env.DECODE_POD_NUM ?? 1);
  if (rule === 'group-ids') {
    for (const id of groupIds) if (id >= prefill + decode) throw new Refusal('ValueError', 'Unknown group id.');
  }
  if (rule === 'decode-lists') {
    const lists = (env.GLOBAL_DECODE_SERVER_IP_LIST ?? '').split(';').length;
    if (lists === decode) return;
    throw new Refusal('ValueError', `--global_dec_server_list size (${lists}) NOT equal DECODE_POD_NUM (${decode})`);
  }
}
