import type { JsonObject } from '../deployment/deployment.ts';
import type { Profile } from './profile.ts';
import { profileArgs } from './profileArgs.ts';
import { type OwnConnector, profileConnector } from './profileConnector.ts';
import { type OwnVariables, profileEnv } from './profileEnv.ts';
import { profilePlacement } from './profilePlacement.ts';

/** What of an instance decides about its servers. */
export interface ProfiledInstance extends OwnConnector {
  /** Of all its hosts together. */
  readonly numDies: number;
  /** Of this host. */
  readonly onHost: number;
  /** Dies of the earlier hosts. */
  readonly firstDie: number;
  /** Weights of the cluster; null: its servers have none in common. */
  readonly modelPath: string | null;
}

/** Role settings of one host's `env` and `args`; what has no place is noted. */
export function profileSettings(profile: Profile, instance: ProfiledInstance, own: OwnVariables): JsonObject {
  const { role } = instance;
  const variable = role === 'prefill' ? 'MODEL_LEN_MAX_PREFILL' : 'MODEL_LEN_MAX_DECODE';
  const length = profile.arg('max-model-len') ?? profile.env(variable);
  const lengthPath = profile.given('max-model-len') === undefined ? ['env', variable] : ['args', 'max-model-len'];
  const gpuUtil = profile.arg('gpu-util') ?? profile.arg('gpu-memory-utilization');
  const modelPath = profile.arg('model-path') ?? profile.env('MODEL_PATH');
  const args = profileArgs(profile, role);
  const isEager = args.enforce_eager ?? role === 'prefill';
  return {
    ...(length === null ? {} : { max_model_len: profile.number(lengthPath, length) }),
    ...(modelPath === null || modelPath === instance.modelPath ? {} : { model_path: modelPath }),
    ...(gpuUtil === null
      ? {}
      : {
          gpu_util: profile.number(
            ['args', profile.given('gpu-util') === undefined ? 'gpu-memory-utilization' : 'gpu-util'],
            gpuUtil,
          ),
        }),
    ...shape(profile, instance),
    ...serverCounts(profile, instance),
    ...args,
    ...profileConnector(profile, instance),
    ...profilePlacement(profile, role === 'decode' && isEager !== true),
    ...profileEnv(profile, own),
  };
}

function shape(profile: Profile, { role, numDies }: ProfiledInstance): JsonObject {
  const number = (name: string, absent: number) => profile.number(['args', name], profile.arg(name) ?? String(absent));
  const tp = number('tp', 1);
  const pp = number('pp', 1);
  const blockSize = number('block-size', 128);
  const tokens = profile.isSwitchedOn('enable-mtp') ? number('num-speculative-tokens', 1) : 0;
  return {
    ...(tp === (role === 'prefill' ? numDies : 1) ? {} : { tp }),
    ...(pp === 1 ? {} : { pp }),
    ...(blockSize === 128 ? {} : { block_size: blockSize }),
    ...(tokens === 1 ? {} : { num_speculative_tokens: tokens }),
  };
}

/** What follows from hosts, dies and sizes: kept, or noted, where the file has it otherwise. */
function serverCounts(profile: Profile, { role, numDies, onHost, firstDie }: ProfiledInstance): JsonObject {
  const size = Number(profile.arg('tp') ?? 1) * Number(profile.arg('pp') ?? 1);
  const isOne = size > onHost;
  const servers = isOne ? 1 : Math.floor(onHost / size);
  const expected = {
    'num-dp': isOne ? 1 : Math.floor(numDies / size),
    'server-offset': isOne || role === 'prefill' ? 0 : firstDie,
  };
  for (const [name, value] of Object.entries(expected)) {
    // omni_cli sets $SERVER_OFFSET and the like by itself
    const given = profile.numberArg(name);
    if (given !== null && given !== value)
      profile.leave(['args', name], `it follows from hosts, dies, tp and pp: ${value}`);
  }
  const given = profile.numberArg('num-servers');
  // validate refuses it with its line
  return given === null || given === servers ? {} : { num_servers: given };
}
