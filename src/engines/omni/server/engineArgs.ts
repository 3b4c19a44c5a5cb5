import type { ServerNode } from '../../../topology/topology.ts';
import { isOverRay } from './rayCommands.ts';

/**
 * What start_api_servers.py hands on to `vllm serve`, as one text: it splits that text at blanks, quoted or not.
 * @param hasBackendFlag the executor has an argument of its own
 */
export function engineArgs(node: ServerNode, numHosts: number, hasBackendFlag: boolean): string {
  const { maxNumSeqs, maxNumBatchedTokens, extraArgs } = node.settings;
  return [
    ...(maxNumBatchedTokens === null ? [] : ['--max-num-batched-tokens', String(maxNumBatchedTokens)]),
    ...(node.role === 'prefill' ? ['--enforce-eager'] : []),
    '--enable-expert-parallel',
    '--disable-log-requests',
    '--max-num-seqs',
    String(maxNumSeqs),
    '--no-enable-prefix-caching',
    // without it vLLM looks for all dies on one host
    ...(isOverRay(node, numHosts) && !hasBackendFlag ? ['--distributed-executor-backend', 'ray'] : []),
    ...extraArgs.map(withoutBlanks),
  ].join(' ');
}

/** JSON, by itself or after `--flag=`, without the blanks that would split it; anything else unchanged. */
export function withoutBlanks(argument: string): string {
  const [, flag = '', value = ''] = /^(--[\w-]+=)?([{[].*)$/s.exec(argument) ?? [];
  try {
    return value === '' ? argument : `${flag}${JSON.stringify(JSON.parse(value))}`;
  } catch {
    return argument;
  }
}
