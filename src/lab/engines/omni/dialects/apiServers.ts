import { fillTemplate } from '../../../../rendering/template.ts';
import template from '../scripts/start_api_servers.py.eta';
import { type Imitated, isIn, SOURCES, type Span } from './dialect.ts';

/** A call of argparse's add_argument; with `passes`, the server gets what was given under that name. */
interface Argument extends Span {
  readonly names: readonly string[];
  /** Python, after the names. */
  readonly settings: string;
  readonly passes?: string;
}

const NEW: Span = { since: '2026-03' };

const ARGUMENTS: readonly Argument[] = [
  { names: ['--num-servers'], settings: 'type=int, default=2' },
  { names: ['--num-dp'], settings: 'type=int, default=None' },
  { names: ['--server-offset'], settings: 'type=int, default=0' },
  { names: ['--model-path'], settings: 'required=True' },
  { names: ['--base-api-port'], settings: 'type=int, default=9000' },
  { names: ['--master-ip'], settings: 'required=True' },
  { names: ['--master-port'], settings: 'type=int, default=8000' },
  { names: ['--gpu-memory-utilization', '--gpu-util'], settings: 'dest="gpu_util", type=float, default=0.9' },
  { names: ['--block-size'], settings: 'type=int, default=128' },
  { names: ['--tp'], settings: 'type=int, default=1' },
  { names: ['--pp'], settings: 'type=int, default=1', ...NEW },
  { names: ['--distributed-executor-backend'], settings: 'default="None"', ...NEW },
  { names: ['--served-model-name'], settings: 'required=True' },
  { names: ['--max-model-len'], settings: 'type=int, default=16384' },
  { names: ['--max-port-attempts'], settings: 'type=int, default=20' },
  { names: ['--kv-transfer-config'], settings: 'default=""' },
  { names: ['--extra-args'], settings: 'default=""' },
  { names: ['--additional-config'], settings: 'default=""' },
  { names: ['--log-dir'], settings: 'default="logs"' },
  { names: ['--enable-mtp'], settings: 'action="store_true"' },
  { names: ['--no-enable-prefix-caching'], settings: 'action="store_true"' },
  { names: ['--no-enable-chunked-prefill'], settings: 'action="store_true"' },
  { names: ['--num-speculative-tokens'], settings: 'type=int, default=1' },
  { names: ['--reasoning-parser'], settings: 'default=None', passes: 'reasoning_parser', ...NEW },
  { names: ['--enable-auto-tool-choice'], settings: 'action="store_true"', passes: 'enable_auto_tool_choice', ...NEW },
  { names: ['--tool-call-parser'], settings: 'default=None', passes: 'tool_call_parser', ...NEW },
  { names: ['--chat-template'], settings: 'default=None', passes: 'chat_template', ...NEW },
  { names: ['--tool-parser-plugin'], settings: 'default=None', passes: 'tool_parser_plugin', ...NEW },
  { names: ['--dtype'], settings: 'default=None', passes: 'dtype', ...NEW },
  { names: ['--print-screen'], settings: 'action="store_true"', ...NEW },
  { names: ['--load-format'], settings: 'default="auto"', ...NEW },
  { names: ['--reasoning-config'], settings: 'default=""', passes: 'reasoning_config', ...NEW },
];

export function apiServersScript(dialect: Imitated): string {
  const present = ARGUMENTS.filter((span) => isIn(dialect, span));
  return fillTemplate(template, {
    source: SOURCES[dialect],
    present,
    passed: present.flatMap(({ names, passes }) => (passes === undefined ? [] : [[names[0], passes]])),
    has: (name: string) => present.some(({ names }) => names.includes(name)),
    // v0.3 counts servers where later ones count dies
    offset: isIn(dialect, { until: 'v0.3' }) ? 'args.server_offset' : 'args.server_offset // args.tp',
    passesTokens: isIn(dialect, { since: 'v0.5' }),
    movesOn: isIn(dialect, { since: '2026-03' }),
  });
}
