import type { ServerNode } from '../../../topology/topology.ts';
import { omniRoleSettings } from '../settings.ts';
import { DEFAULT_BLOCK_SIZE } from './launcherFlags.ts';
import { argumentWords, ownArguments } from './ownArguments.ts';
import { executorBackend } from './rayCommands.ts';

/** Arguments of its own that the launcher has; what it has none for goes to vLLM as it is. */
interface LauncherHas {
  readonly backend: boolean;
  readonly blockSize: boolean;
  /** Of the arguments that keys of their own set. */
  readonly flags: readonly string[];
}

/** What start_api_servers.py hands on to `vllm serve`, as one text: it splits that text at blanks, quoted or not. */
export function engineArgs({ settings, ...node }: ServerNode, has: LauncherHas): string {
  const { maxNumSeqs, maxNumBatchedTokens, extraArgs } = settings;
  const own = omniRoleSettings(settings);
  const backend = has.backend ? null : executorBackend({ settings, ...node });
  return [
    ...(maxNumBatchedTokens === null ? [] : ['--max-num-batched-tokens', String(maxNumBatchedTokens)]),
    ...(own.enforceEager ? ['--enforce-eager'] : []),
    ...(own.enableExpertParallel ? ['--enable-expert-parallel'] : []),
    ...(own.disableLogRequests ? ['--disable-log-requests'] : []),
    ...(maxNumSeqs === null ? [] : ['--max-num-seqs', String(maxNumSeqs)]),
    ...prefixCaching(own.enablePrefixCaching),
    ...(own.blockSize === DEFAULT_BLOCK_SIZE || has.blockSize ? [] : ['--block-size', String(own.blockSize)]),
    // without it vLLM looks for all dies on one host
    ...(backend === null ? [] : ['--distributed-executor-backend', backend]),
    ...ownArguments(own.arguments)
      .filter(({ flag }) => !has.flags.includes(flag))
      .flatMap(argumentWords),
    ...extraArgs.map(withoutBlanks),
  ].join(' ');
}

export function prefixCaching(enabled: boolean | null): readonly string[] {
  if (enabled === null) return [];
  return [enabled ? '--enable-prefix-caching' : '--no-enable-prefix-caching'];
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
