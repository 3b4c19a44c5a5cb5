import type { Json, JsonObject } from '../deployment/deployment.ts';
import type { Leave } from './engineArguments.ts';
import { omniKey } from './omniKey.ts';
import { UNKNOWN } from './shellExpansion.ts';

/** Arguments that follow from hosts and ports, or name files of the proxy. */
const COMPUTED = new Set(
  'listen-port prefill-servers-list decode-servers-list prefill-endpoints decode-endpoints log-file access-log-file'
    .split(' ')
    .map((name) => `--${name}`),
);
/** Of global_proxy.sh: omniplace takes those of the servers. */
const LIMITS = ['--prefill-max-num-seqs', '--decode-max-num-seqs'];
const PROXY = ['deployment', 'proxy'];

/** What the proxy takes from the servers unless it has keys of its own. */
export interface ServerValues {
  readonly modelPath: string | null;
  readonly prefillLimit: number;
  readonly decodeLimit: number;
}

/** Keys of `deployment.proxy` from the command that starts it. */
export function proxyCommand(script: string, args: readonly string[], servers: ServerValues, leave: Leave): JsonObject {
  const keys: Record<string, Json> = script === 'omni_proxy.sh' ? { use_omni_proxy: true } : {};
  const derived: Readonly<Record<string, string | null>> = {
    '--omni-proxy-model-path': servers.modelPath,
    '--omni-proxy-prefill-max-num-seqs': String(servers.prefillLimit),
    '--omni-proxy-decode-max-num-seqs': String(servers.decodeLimit),
    '--prefill-max-num-seqs': String(servers.prefillLimit),
    '--decode-max-num-seqs': String(servers.decodeLimit),
  };
  for (const [i, name] of args.entries()) {
    if (!/^--[a-z]/.test(name)) continue;
    const value = args[i + 1] === undefined || args[i + 1]!.startsWith('--') ? 'true' : args[i + 1]!;
    const key = name.slice(2).replaceAll('-', '_');
    const field = omniKey(PROXY, key);
    if (COMPUTED.has(name) || derived[name] === value) continue;
    if (value.includes(UNKNOWN)) leave(name, value.replaceAll(UNKNOWN, '..'), 'known only when it runs');
    else if (LIMITS.includes(name)) leave(name, value, 'the proxy takes max_num_seqs of the servers');
    else if (field === undefined) leave(name, value, 'omniplace gives no such argument');
    else if (String(field.default) !== value) keys[key] = field.type === 'boolean' ? true : value;
  }
  return keys;
}
