import type { Fault } from '../../../deployment/fault.ts';
import { versionInWords } from '../dialect/hostDialects.ts';
import { type ServerShape, serverShape } from '../layout/instanceLayout.ts';
import { MTP_FLAG, PP_FLAG } from '../server/launcherFlags.ts';
import { hasOtherSpeculation, mtpTokens } from '../server/mtpTokens.ts';
import { type OmniRoleSettings, omniSettings } from '../settings.ts';
import { type CheckContext, faultAt, groupInWords } from './faults.ts';

const LAUNCHERS = { pd_run: 'pd_run.sh', api_servers: 'start_api_servers.py' } as const;

/** Sizes of servers that the dies of an instance don't give, and what its launcher can't start. */
export function* checkShape(context: CheckContext): Generator<Fault> {
  yield* checkSizes(context);
  if (context.instance.role === 'mixed') return;
  const { own, dialect, deployment } = context;
  const { launcher } = omniSettings(deployment);
  const flags = dialect.flags[LAUNCHERS[launcher]] ?? [];
  const version = versionInWords(dialect);
  const refused = (key: string, message: string) =>
    faultAt(context, 'engine_version', 'error', key, {
      message: `${LAUNCHERS[launcher]} of ${version} ${message}.`,
      hint:
        launcher === 'pd_run'
          ? 'Set services.launcher: api_servers, or use an image of a version that has it.'
          : 'Use an image of a version that has it.',
    });
  if (own.pp > 1 && !flags.includes(PP_FLAG)) yield refused('pp', `has no ${PP_FLAG}`);
  const tokens = mtpTokens(own);
  const tokensKey = hasOtherSpeculation(own) ? 'speculative_config' : 'num_speculative_tokens';
  if (launcher === 'pd_run' && tokens !== 1 && !flags.includes(MTP_FLAG))
    yield refused(tokensKey, 'starts every server with MTP of one token');
  else if (launcher === 'pd_run' && tokens === 0 && !dialect.zeroDisablesMtp)
    yield refused(tokensKey, "can't start a server without MTP");
  else if (tokens > 1 && !dialect.passesMtpTokens) yield refused(tokensKey, 'starts servers with MTP of one token');
  if (Object.keys(own.kvTransferConfig).length > 0 && !flags.includes('--kv-transfer-config'))
    yield refused('kv_transfer_config', 'has no --kv-transfer-config');
  if (launcher === 'pd_run')
    for (const [key, flag] of pdRunFlags(own)) if (!flags.includes(flag)) yield refused(key, `has no ${flag}`);
  if (own.procBind && !dialect.hasProcBind)
    yield faultAt(context, 'engine_version', 'error', 'proc_bind', {
      message: `${version} has no list of functions by which processes mark themselves for bind_cpu.sh.`,
      hint: 'Use an image of a version that has it, or remove proc_bind.',
    });
  if (launcher === 'pd_run' && dialect.offsetCountsServers && isOverHosts(context))
    yield refused('tp', 'gives ranks of several dies on further hosts wrong dies');
}

/** Of keys that no environment or other argument can carry past pd_run.sh. */
function pdRunFlags(own: OmniRoleSettings): readonly (readonly [key: string, flag: string])[] {
  return [
    ...(own.ppLayerPartition === null ? [] : [['pp_layer_partition', '--pp-layer-partition'] as const]),
    ...(own.rayPort === null ? [] : [['ray_port', '--ray-port'] as const]),
    ...(own.rayMinWorkerPort === null ? [] : [['ray_min_worker_port', '--ray-min-worker-port'] as const]),
    ...(own.rayMaxWorkerPort === null ? [] : [['ray_max_worker_port', '--ray-max-worker-port'] as const]),
  ];
}

/** Servers of several dies each, and more than one host of them. */
function isOverHosts({ instance: { group } }: CheckContext): boolean {
  const { tp, spansHosts } = serverShape(group);
  return group.hosts.length > 1 && tp > 1 && !spansHosts;
}

function* checkSizes(context: CheckContext): Generator<Fault> {
  const { group, numRanks } = context.instance;
  const { tp, pp, numServers } = context.own;
  if (tp === null && pp === 1 && numServers === null) return;
  const shape = serverShape(group);
  const size = shape.tp * pp;
  const dies = group.hosts.map((host) => host.dies.length).join(' + ');
  const fits = size === numRanks || group.hosts.every((host) => host.dies.length % size === 0);
  if (!fits) {
    yield faultAt(context, 'engine_value', 'error', keyOfSize(context.own), {
      message: `A server of ${size} dies does not fit ${groupInWords(group)}, which has ${dies}.`,
      hint: `tp times pp has to divide the dies of each host, or be all ${numRanks}.`,
    });
  } else if (numServers !== null && !hasServers(context, shape)) {
    const fitting = group.role === 'mixed' || shape.spansHosts ? 1 : group.hosts[0]!.dies.length / size;
    yield faultAt(context, 'engine_value', 'error', 'num_servers', {
      message: `num_servers is ${numServers}, but each host of ${groupInWords(group)} has ${fitting === 1 ? 'one server' : `${fitting} servers`} of ${size} dies.`,
      hint: 'Remove it, or set tp so that num_servers times tp times pp is the number of dies of each host.',
    });
  }
}

function keyOfSize({ tp, numServers }: OmniRoleSettings): string {
  if (tp !== null) return 'tp';
  return numServers === null ? 'pp' : 'num_servers';
}

function hasServers({ instance: { group }, own: { numServers } }: CheckContext, shape: ServerShape): boolean {
  if (group.role === 'mixed' || shape.spansHosts) return numServers === 1;
  return group.hosts.every(({ dies }) => dies.length === numServers! * shape.tp * shape.pp);
}
