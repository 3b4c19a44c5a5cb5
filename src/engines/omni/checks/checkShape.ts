import type { Fault } from '../../../deployment/fault.ts';
import { versionInWords } from '../dialect/hostDialects.ts';
import { MTP_FLAG, PP_FLAG } from '../server/launcherFlags.ts';
import { omniSettings } from '../settings.ts';
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
  const tokens = own.numSpeculativeTokens;
  if (launcher === 'pd_run' && tokens !== 1 && !flags.includes(MTP_FLAG))
    yield refused('num_speculative_tokens', 'starts every server with MTP of one token');
  else if (launcher === 'pd_run' && tokens === 0 && !dialect.zeroDisablesMtp)
    yield refused('num_speculative_tokens', "can't start a server without MTP");
  else if (tokens > 1 && !dialect.passesMtpTokens)
    yield refused('num_speculative_tokens', 'starts servers with MTP of one token');
  if (Object.keys(own.kvTransferConfig).length > 0 && !flags.includes('--kv-transfer-config'))
    yield refused('kv_transfer_config', 'has no --kv-transfer-config');
}

function* checkSizes(context: CheckContext): Generator<Fault> {
  const { group, numRanks } = context.instance;
  const { tp, pp } = context.own;
  if (tp === null && pp === 1) return;
  const size = (tp ?? (group.role === 'decode' ? 1 : Math.max(1, Math.floor(numRanks / pp)))) * pp;
  if (size === numRanks || group.hosts.every(({ dies }) => dies.length % size === 0)) return;
  const dies = group.hosts.map((host) => host.dies.length).join(' + ');
  yield faultAt(context, 'engine_value', 'error', tp === null ? 'pp' : 'tp', {
    message: `A server of ${size} dies does not fit ${groupInWords(group)}, which has ${dies}.`,
    hint: `tp times pp has to divide the dies of each host, or be all ${numRanks}.`,
  });
}
