import type { ProxyEntry } from '../../../deployment/deployment.ts';
import { suggest } from '../../../deployment/suggest.ts';
import { ROUTER_FLAGS } from '../flags/routerFlags.ts';
import { valueProblem } from '../flags/valueProblem.ts';
import { type WrittenArgument, writtenArguments } from '../flags/writtenArguments.ts';
import { vllmRouterSettings } from '../vllmSettings.ts';

const FROM_GROUPS = 'the list of servers follows from the groups of the file';

/** Options that omniplace sets, with what to do instead. */
const OWN_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['--host', 'the router listens on all addresses'],
  ['--port', 'set deployment.proxy.listen_port'],
  ['--prometheus-host', 'the router listens on all addresses'],
  ['--prometheus-port', 'set deployment.proxy.prometheus_port'],
  ['--policy', 'set deployment.proxy.policy'],
  ['--prefill-policy', 'set deployment.proxy.prefill_policy'],
  ['--decode-policy', 'set deployment.proxy.decode_policy'],
  ['--intra-node-data-parallel-size', 'set deployment.proxy.intra_node_data_parallel_size'],
  ['--kv-connector', 'set kv_connector of prefill and decode'],
  ['--prefill', FROM_GROUPS],
  ['--decode', FROM_GROUPS],
  ['--worker-urls', FROM_GROUPS],
  ['--service-discovery', FROM_GROUPS],
  ['--vllm-discovery-address', FROM_GROUPS],
  ['--pd-disaggregation', 'prefill and decode are apart by the groups of the file'],
  ['--vllm-pd-disaggregation', 'prefill and decode are apart by the groups of the file'],
]);

export interface OptionProblem {
  /** In `router_args`. */
  readonly index: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint: string;
}

/** `router_args` against the options that are known of vllm-router; its version is not, so that others are a warning. */
export function routerArgumentProblems(proxy: ProxyEntry): readonly OptionProblem[] {
  const { found } = writtenArguments(vllmRouterSettings(proxy).routerArgs, { flags: ROUTER_FLAGS });
  return found.flatMap((argument) => problemOf(argument) ?? []);
}

function problemOf(argument: WrittenArgument): OptionProblem | null {
  const { index, name, written } = argument;
  if (name === null) {
    const words = Object.keys(ROUTER_FLAGS).map((flag) => flag.replaceAll('-', '_'));
    const meant = suggest(written, words)?.replaceAll('_', '-') ?? null;
    const hint = meant === null ? 'See whether `vllm-router --help` has it.' : `Did you mean \`${meant}\`?`;
    return { index, severity: 'warning', message: `vllm-router has no option \`${written}\` that is known.`, hint };
  }
  const instead = OWN_OPTIONS.get(name);
  if (instead !== undefined) {
    const message = `omniplace sets \`${name}\` of the router itself.`;
    return { index, severity: 'error', message, hint: `Remove it: ${instead}.` };
  }
  const problem = valueProblem(argument);
  if (problem === null) return null;
  return { index, severity: 'warning', message: `\`${name}\` of the router ${problem}.`, hint: 'Correct its value.' };
}
