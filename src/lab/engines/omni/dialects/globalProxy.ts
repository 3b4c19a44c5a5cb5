import { fillTemplate } from '../../../../rendering/template.ts';
import template from '../scripts/global_proxy.sh.eta';
import { type Imitated, isIn, SOURCES, type Span } from './dialect.ts';

/** An option of global_proxy.sh with the variable it sets. */
interface Option extends Span {
  readonly names: string;
  readonly variable: string;
  /** Without the option. */
  readonly value: string;
  /** `flag`: takes no value; `optional`: may have one, and has this one without. */
  readonly takes?: 'flag' | { readonly optional: string };
}

const OPTIONS: readonly Option[] = [
  { names: '--nginx-conf-file|-f', variable: 'conf', value: '/usr/local/nginx/conf/nginx.conf' },
  { names: '--start-core-index|-s', variable: 'start_core', value: '0' },
  { names: '--core-num|-c', variable: 'cores', value: '4' },
  { names: '--listen-port|-p', variable: 'port', value: '8080' },
  { names: '--prefill-servers-list', variable: 'prefill_list', value: '' },
  { names: '--decode-servers-list', variable: 'decode_list', value: '' },
  { names: '--metrics-servers-list', variable: 'metrics_list', value: '', since: 'v0.4' },
  { names: '--client-body-buffer-size', variable: 'body_buffer', value: '1024K' },
  { names: '--log-file|-l', variable: 'log_file', value: '' },
  { names: '--log-level', variable: 'log_level', value: '' },
  { names: '--access-log-file', variable: 'access_log', value: '/tmp/nginx_access.log', since: '2026-03' },
  { names: '--prefill-lb-sdk', variable: 'prefill_lb', value: 'pd_score_balance' },
  { names: '--decode-lb-sdk', variable: 'decode_lb', value: 'pd_score_balance' },
  { names: '--overwrite-request-id', variable: 'overwrite_id', value: '', takes: 'flag', until: 'v0.3' },
  { names: '--prefill-max-num-seqs', variable: 'prefill_seqs', value: '16', since: 'v0.5' },
  { names: '--decode-max-num-seqs', variable: 'decode_seqs', value: '32', since: 'v0.5' },
  { names: '--engine-type', variable: 'engine', value: 'vllm', since: 'v0.4' },
  { names: '--bootstrap-port', variable: 'bootstrap_port', value: '', since: 'v0.4' },
  {
    names: '--enable-internal-metrics',
    variable: 'internal_metrics',
    value: '',
    takes: { optional: '128k' },
    since: 'v0.5',
  },
  {
    names: '--enable-attention-ffn-disaggregation',
    variable: 'attention_apart',
    value: '',
    takes: 'flag',
    since: 'v0.6',
  },
  { names: '--attention-num', variable: 'attention_num', value: '0', since: 'v0.6' },
  { names: '--stream-ops', variable: 'stream_ops', value: 'off', since: 'v0.6' },
  { names: '--dry-run|-d', variable: 'dry_run', value: '', takes: 'flag' },
  { names: '--stop|-S', variable: 'stop', value: '', takes: 'flag' },
  { names: '--rollback|-R', variable: 'rollback', value: '', takes: 'flag' },
];

export function globalProxyScript(dialect: Imitated): string {
  const options = OPTIONS.filter((span) => isIn(dialect, span));
  return fillTemplate(template, {
    source: SOURCES[dialect],
    accepted: options,
    has: (name: string) => options.some(({ names }) => names.split('|').includes(name)),
    // v0.3 writes a name that it does not know as it is
    unknownIsLeastConn: isIn(dialect, { since: 'v0.4' }),
    passesAnswersOn: isIn(dialect, { since: 'v0.4' }),
    hasPrefixCacheAffinity: isIn(dialect, { since: 'v0.6' }),
  });
}
