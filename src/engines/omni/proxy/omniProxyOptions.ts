import type { Deployment } from '../../../deployment/deployment.ts';
import { defaultsOf } from '../../../deployment/schema.ts';
import type { Reasoned } from '../../../topology/reasoned.ts';
import { OMNI_PROXY_KEYS, type OmniProxyKey, type OmniProxyOptions, omniProxySettings } from '../settings.ts';

/** Options of omni_proxy.sh that follow from other keys unless they are set. */
const DERIVED: Readonly<Partial<Record<OmniProxyKey, (deployment: Deployment) => Reasoned>>> = {
  omni_proxy_model_path: ({ modelPath }) => ({ value: modelPath, because: 'services.model_path' }),
  omni_proxy_prefill_max_num_seqs: ({ prefill: [first] }) => limit('prefill', first!.settings.maxNumSeqs),
  omni_proxy_decode_max_num_seqs: ({ decode: [first] }) => limit('decode', first!.settings.maxNumSeqs),
};

/** What each option is, and why; without those that the script is not given. */
export function omniProxyOptions(deployment: Deployment): Readonly<Partial<Record<OmniProxyKey, Reasoned>>> {
  const { omniProxy } = omniProxySettings(deployment.proxy!);
  const reasoned = OMNI_PROXY_KEYS.map((key): [OmniProxyKey, Reasoned | undefined] => {
    const value = omniProxy[key];
    return [
      key,
      value === null ? DERIVED[key]?.(deployment) : { value: String(value), because: `deployment.proxy.${key}` },
    ];
  });
  return Object.fromEntries(reasoned.filter(([, option]) => option !== undefined && isGiven(option.value)));
}

/** Those that are set to another value than their default. */
export function givenOptions(options: OmniProxyOptions): readonly OmniProxyKey[] {
  const defaults = defaultsOf(['deployment', 'proxy']);
  return OMNI_PROXY_KEYS.filter((key) => String(options[key]) !== String(defaults[key]));
}

/** The option of the script that a key is. */
export function flagOfKey(key: string): string {
  return `--${key.replaceAll('_', '-')}`;
}

/** A switch that is off, a text without a letter, and a limit that the engine chooses are the same as no option. */
function isGiven(value: Reasoned['value']): boolean {
  return value !== 'false' && value !== '' && value !== null;
}

function limit(role: 'prefill' | 'decode', value: number | null): Reasoned {
  return {
    value,
    because: `equal to max_num_seqs of the ${role} servers, or the proxy would queue where they would not`,
  };
}
