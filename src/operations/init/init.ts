import type { JsonObject } from '../../deployment/deployment.ts';
import { DEVICES_ALIAS, DEVICES_KEY } from '../../deployment/devicesKey.ts';
import type { Starter } from '../../engines/starter.ts';
import { deploymentText } from '../../imports/index.ts';
import { type Machines, type PlannedGroup, parseShape, placeShape } from './initShape.ts';

export interface InitSettings extends Machines {
  /** `4P8-1D32` */
  readonly shape: string;
  readonly name: string | null;
  /** null: not written, so that the schema's default counts. */
  readonly engine: string | null;
  readonly accelerator: string | null;
  /** From the engine. */
  readonly starter: Starter;
  readonly user: string;
  /** As it is to be written. */
  readonly privateKey: string;
  readonly image: string;
  readonly modelPath: string;
  readonly logPath: string;
  readonly servedModelName: string;
  readonly proxyHost: string | null;
  readonly proxyPort: number;
}

/**
 * A commented deployment file for a cluster of this form. Its ports don't collide: prefill and decode never share a host, and
 * instances of one role count up.
 * @throws UserError `bad_shape`
 */
export function initText(settings: InitSettings): string {
  const { prefill, decode } = placeShape(parseShape(settings.shape), settings);
  const everyDie = Array.from({ length: settings.diesPerHost }, (_, die) => die).join(',');
  // files of the accelerator that was there first keep the key that they have always had
  const devicesKey = settings.accelerator === null ? DEVICES_KEY : DEVICES_ALIAS;
  const uniform = [...prefill, ...decode].every(({ dies }) => dies.join(',') === everyDie);
  const groups = (
    planned: readonly PlannedGroup[],
    masterPort: number,
    apiPort: (group: PlannedGroup, i: number) => number,
  ) =>
    Object.fromEntries(
      planned.map((group, i): [string, JsonObject] => [
        `group${i + 1}`,
        {
          hosts: group.hosts.join(','),
          master_port: masterPort + i,
          base_api_port: apiPort(group, i),
          ...(uniform ? {} : { [devicesKey]: group.dies.join(',') }),
        },
      ]),
    );
  const values: JsonObject = {
    deployment: {
      defaults: {
        user: settings.user,
        private_key: settings.privateKey,
        ...(uniform ? { [devicesKey]: everyDie } : {}),
      },
      prefill: groups(prefill, 8000, (_, i) => 9000 + i),
      // a decode host takes one API port per die: instances that share one stand behind each other
      decode: groups(decode, 8100, ({ dies }) => 9100 + dies[0]!),
      proxy: { host: settings.proxyHost ?? settings.hosts[0]!, listen_port: settings.proxyPort },
    },
    services: {
      ...given('name', settings.name),
      ...given('engine', settings.engine),
      ...given('accelerator', settings.accelerator),
      docker_image: settings.image,
      model_path: settings.modelPath,
      served_model_name: settings.servedModelName,
      ...settings.starter.services,
      log_path: settings.logPath,
      prefill: { max_model_len: 32000, max_num_seqs: 16, ...settings.starter.role },
      decode: { max_model_len: 32000, max_num_seqs: 32, ...settings.starter.role },
    },
  };
  const header = [
    `${settings.shape}: ${counted(prefill, 'prefill')}, ${counted(decode, 'decode')}.`,
    'Written by omniplace init. Look at it with `omniplace validate`, `explain` and `render`;',
    'nothing is touched before `omniplace serve`. Every key: docs/reference/deployment.md',
  ];
  return deploymentText(header, values, { ...COMMENTS, ...settings.starter.comments });
}

function given(key: string, value: string | null): JsonObject {
  return value === null ? {} : { [key]: value };
}

function counted(groups: readonly PlannedGroup[], role: string): string {
  const [{ hosts, dies }] = groups as [PlannedGroup];
  const of = `of ${hosts.length * dies.length} dies`;
  return groups.length === 1 ? `one ${role} instance ${of}` : `${groups.length} ${role} instances ${of}`;
}

const COMMENTS: Readonly<Record<string, string>> = {
  'deployment.defaults': 'holds for every host; a group or a `host 10.0.0.1:` block in it may say otherwise',
  'deployment.defaults.private_key':
    'on this machine; `omniplace keys setup` makes it and brings its public half to the hosts',
  'deployment.prefill': 'one group is one instance; its first host is the master',
  'services.name': "the cluster's identity: labels, locks and state carry it",
  'services.model_path': 'the same on all hosts, and there already',
  'services.served_model_name': 'what requests name as `model`',
  'services.log_path': 'on the hosts, one folder per node',
  'services.prefill': 'further keys: gpu_util, extra_args, env, placement...',
};
