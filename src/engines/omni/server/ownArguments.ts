import { ARGUMENT_KEYS, type ArgumentKey, type EngineArguments } from '../settings.ts';

export interface OwnArgument {
  readonly key: ArgumentKey;
  readonly flag: string;
  /** null: only the flag. */
  readonly value: string | null;
}

/** Arguments of `vllm serve` that keys of their own set. */
export function ownArguments(settings: EngineArguments): readonly OwnArgument[] {
  return (Object.keys(ARGUMENT_KEYS) as ArgumentKey[]).flatMap((key): OwnArgument[] => {
    const flag = ARGUMENT_KEYS[key];
    const value = settings[key];
    if (value === null || (typeof value === 'object' && Object.keys(value).length === 0)) return [];
    if (typeof value === 'object') return [{ key, flag, value: JSON.stringify(value) }];
    if (typeof value === 'string') return [{ key, flag, value }];
    if (value) return [{ key, flag, value: null }];
    // auto tool choice is off without its flag
    return key === 'enable_chunked_prefill' ? [{ key, flag: flag.replace('--', '--no-'), value: null }] : [];
  });
}

/** As words of a command. */
export function argumentWords({ flag, value }: OwnArgument): readonly string[] {
  return value === null ? [flag] : [flag, value];
}
