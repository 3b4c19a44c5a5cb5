import type { Fault } from '../../../deployment/fault.ts';
import { suggest } from '../../../deployment/suggest.ts';
import { CONNECTORS, RETIRED_CONNECTORS, ROUTER_CONNECTORS, takesStages } from '../kv/connectors.ts';
import { parallelSizes } from '../layout/parallelSizes.ts';
import { type InstanceContext, instanceFault, inWords } from './checkContext.ts';

const ABORT_VARIABLE = 'VLLM_MOONCAKE_ABORT_REQUEST_TIMEOUT';
/** vLLM's default of it. */
const ABORT_S = 480;

const MADE_HERE: Readonly<Record<string, string>> = {
  kv_connector: 'Set the key kv_connector next to kv_transfer_config.',
  kv_role: 'Remove it: prefill produces and decode consumes.',
};

/** How an instance hands its key-value cache over, or gets it. */
export function* checkKvTransfer(context: InstanceContext): Generator<Fault> {
  const { own, instance } = context;
  if (instance.role === 'mixed') return;
  yield* connectorFaults(context);
  yield* stageFaults(context);
  for (const [name, hint] of Object.entries(MADE_HERE)) {
    if (!(name in own.kvTransferConfig)) continue;
    const message = `omniplace sets \`${name}\` of kv_transfer_config itself.`;
    yield instanceFault(context, 'engine_argument', 'error', `kv_transfer_config.${name}`, { message, hint });
  }
  if (own.kvTransferConfig.kv_load_failure_policy === 'recompute') {
    yield instanceFault(context, 'kv_transfer', 'warning', 'kv_transfer_config.kv_load_failure_policy', {
      message: `${inWords(context)} reads a prompt again where a transfer fails, so that failures show as slowness only.`,
      hint: 'Remove kv_load_failure_policy: the default, fail, ends such a request with an error.',
    });
  }
  if (own.kvConnector === 'LMCacheConnectorV1') yield* lmcacheFaults(context);
  if (own.kvConnector === 'MooncakeConnector') yield* lostTransfers(context);
}

function* connectorFaults(context: InstanceContext): Generator<Fault> {
  const { own, used } = context;
  const { kvConnector: name } = own;
  if ((CONNECTORS as readonly string[]).includes(name)) return;
  const successor = RETIRED_CONNECTORS.get(name);
  const known: readonly string[] = CONNECTORS;
  if (successor !== undefined) {
    yield instanceFault(context, 'retired_name', 'error', 'kv_connector', {
      message: `${used.called} has no connector ${name}.`,
      hint: `Use ${successor}.`,
    });
    return;
  }
  const meant = suggest(name, known);
  const isVllms = used.table.connectors.includes(name);
  yield instanceFault(context, 'bad_value', 'error', 'kv_connector', {
    message: isVllms ? `omniplace can't set the connector ${name} up.` : `${used.called} has no connector ${name}.`,
    hint: meant === null || isVllms ? `Use one of ${known.join(', ')}.` : `Did you mean ${meant}?`,
  });
}

/** Its sender has one receiver. */
function* lmcacheFaults(context: InstanceContext): Generator<Fault> {
  const { deployment, instance, topology } = context;
  if (instance.role !== 'decode') return;
  const isOne = deployment.decode.length === 1 && instance.nodes.length === 1;
  const [node] = topology.nodes.filter(({ name }) => name === instance.master);
  if (isOne && node?.role !== 'proxy' && node?.dataParallelSize === 1) {
    yield instanceFault(context, 'kv_transfer', 'warning', 'kv_connector', {
      message: 'vllm-router leads no requests through LMCache: prefill and decode would not meet.',
      hint: `Use ${Object.keys(ROUTER_CONNECTORS).join(' or ')}, or a router of your own in front of the servers.`,
    });
    return;
  }
  yield instanceFault(context, 'kv_transfer', 'error', 'kv_connector', {
    message: "LMCache's prefill sends to one receiver, and the decode instances here have several ranks.",
    hint: 'Use one decode instance of one host with data_parallel_size 1, or NixlConnector.',
  });
}

/** Prefill keeps the cache of a request whose transfer is lost, and decode the request. */
function* lostTransfers(context: InstanceContext): Generator<Fault> {
  const { settings, instance } = context;
  if (instance.role !== 'prefill' || ABORT_VARIABLE in settings.env || settings.unsetEnv.includes(ABORT_VARIABLE))
    return;
  yield instanceFault(context, 'kv_transfer', 'warning', ['kv_connector', 'hosts'], {
    message: `A transfer of Mooncake that is lost leaves its request waiting for ${ABORT_S} seconds, and its memory held on ${inWords(context)}.`,
    hint: `Set env: {${ABORT_VARIABLE}: SECONDS} to the longest that a request may wait for decode, such as 120.`,
  });
}

/** The caches of one stage are those of some layers only. */
function* stageFaults(context: InstanceContext): Generator<Fault> {
  const { own, used, instance } = context;
  const stages = parallelSizes(instance.group).pipeline.value;
  const isKnown =
    (CONNECTORS as readonly string[]).includes(own.kvConnector) && own.kvConnector !== 'LMCacheConnectorV1';
  if (stages === 1 || !isKnown || takesStages(own.kvConnector, used.table.version)) return;
  const isSure = own.kvConnector === 'NixlConnector' || used.isExact;
  yield instanceFault(context, 'kv_transfer', isSure ? 'error' : 'warning', ['pipeline_parallel_size', 'hosts'], {
    message: `${inWords(context)} has ${stages} pipeline stages, and ${own.kvConnector} of ${used.called} hands over the cache of one stage.`,
    hint: 'Set tensor_parallel_size to the devices of all hosts, or use MooncakeConnector with vLLM v0.27.1 or later.',
  });
}
