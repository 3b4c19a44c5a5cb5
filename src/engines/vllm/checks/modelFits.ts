import type { Deployment } from '../../../deployment/deployment.ts';
import type { Facts } from '../../../facts/facts.ts';
import { parseLoosely } from '../../../files/parseJson.ts';
import type { Instance, Topology } from '../../../topology/topology.ts';
import type { Refusal } from '../../engine.ts';
import { type ModelConfig, ModelConfigShape } from '../../modelConfig.gen.ts';
import { modelShape } from '../../modelShape.ts';
import { instanceSettings } from '../layout/instanceSettings.ts';
import { parallelSizes } from '../layout/parallelSizes.ts';
import { vllmRoleSettings } from '../vllmSettings.ts';

/** An instance, with its sizes and what the config.json of its first host contains. */
interface Fitted {
  readonly name: string;
  readonly host: string;
  readonly instance: Instance;
  readonly tensor: number;
  readonly ranks: number;
  readonly config: ModelConfig;
}

/** Parallel sizes against the model that hosts have: what vLLM refuses at its start, or in the first transfer. */
export function modelFits(deployment: Deployment, topology: Topology, facts: Facts): readonly Refusal[] {
  const fitted = topology.instances.flatMap((instance) => fittedOf(instance, deployment, facts));
  const pairs = fitted
    .filter(({ instance }) => instance.role === 'prefill')
    .flatMap((prefill) =>
      fitted.filter(({ instance }) => instance.role === 'decode').map((decode) => [prefill, decode] as const),
    );
  return [
    ...fitted.flatMap(headProblems),
    ...fitted.flatMap((one) => expertProblems(one, modelShape(deployment, facts, one.host).experts)),
    ...pairs.flatMap(([prefill, decode]) => pairProblems(prefill, decode)),
  ];
}

function fittedOf(instance: Instance, { modelPath }: Deployment, facts: Facts): readonly Fitted[] {
  const { group, role } = instance;
  const [{ address: host } = { address: '' }] = group.hosts;
  const found = facts[host];
  const text = found?.reachable === true ? found.texts[`${modelPath}/config.json`] : null;
  const whole = parseLoosely(text, ModelConfigShape);
  if (whole === null) return [];
  const { tensor, data } = parallelSizes(group);
  // models that see have those of their language part apart
  const config = { ...whole, ...whole.text_config };
  return [
    { name: `${role} ${group.name}`, host, instance, tensor: tensor.value, ranks: tensor.value * data.value, config },
  ];
}

function headProblems({ name, host, tensor, config }: Fitted): readonly Refusal[] {
  const heads = config.num_attention_heads;
  if (heads == null || heads % tensor === 0) return [];
  const message = `${name} has tensor parallel size ${tensor}, by which the ${heads} attention heads of the model can't be divided`;
  return [{ host, message, hint: 'choose a tensor_parallel_size that divides them' }];
}

function expertProblems({ name, host, instance, ranks, config }: Fitted, experts: number | null): readonly Refusal[] {
  const { enableExpertParallel, enableEplb, eplbConfig } = vllmRoleSettings(instanceSettings(instance.group));
  if (
    enableExpertParallel &&
    experts === null &&
    config.num_hidden_layers !== undefined &&
    !/expert|moe/i.test(JSON.stringify(config))
  )
    return [
      {
        host,
        message: `${name} has enable_expert_parallel, and the model's config.json shows no experts`,
        hint: 'remove enable_expert_parallel',
      },
    ];
  const redundant = Number(eplbConfig.num_redundant_experts ?? 0);
  if (!enableEplb || experts === null || (experts + redundant) % ranks === 0) return [];
  const more = ranks - (experts % ranks || ranks);
  return [
    {
      host,
      message: `${experts} + ${redundant} experts of the model can't be shared evenly by the ${ranks} ranks of ${name}`,
      hint: `set eplb_config: {num_redundant_experts: ${more}}, which is the total over all ranks`,
    },
  ];
}

/** What decode compares when it first reads from prefill: with multi-head latent attention every rank has the whole cache. */
function pairProblems(prefill: Fitted, decode: Fitted): readonly Refusal[] {
  const { config, host } = decode;
  const { kvConnector } = vllmRoleSettings(instanceSettings(decode.instance.group));
  const kvHeads = config.num_key_value_heads;
  const [p, d] = [prefill.tensor, decode.tensor];
  if (p === d || config.kv_lora_rank != null) return [];
  const between = `tensor parallel sizes ${p} of ${prefill.name} and ${d} of ${decode.name}`;
  if (isHybrid(config) && kvConnector === 'NixlConnector')
    return [
      {
        severity: 'warning',
        host,
        message: `${between} differ, and the model has layers with a state: their blocks may differ in size`,
        hint: 'choose the same size for both, or add --no-enable-prefix-caching to extra_args of decode',
      },
    ];
  if (kvHeads == null) return [];
  // a rank has one head at least: with more ranks than heads some have copies
  if (p > d && p > kvHeads && (kvConnector === 'NixlConnector' || (kvConnector === 'MooncakeConnector' && d < kvHeads)))
    return [
      {
        host,
        message: `${between}: with ${kvHeads} key-value heads prefill has copies of them, and decode ${kvConnector === 'NixlConnector' ? 'refuses its cache' : 'gets a part of its cache only'}`,
        hint: `choose a size of at most ${kvHeads} for prefill, or the same for both`,
      },
    ];
  if (kvConnector !== 'MooncakeConnector' || d <= p || d <= kvHeads || p > kvHeads) return [];
  return [
    {
      host,
      message: `${between}: with ${kvHeads} key-value heads decode has copies of them, and Mooncake refuses the transfer`,
      hint: `choose a size of at most ${kvHeads} for decode, or the same for both`,
    },
  ];
}

/** Mamba and linear attention have a state instead of a cache. */
function isHybrid(config: ModelConfig): boolean {
  return /mamba|linear_attention|linear_attn|ssm_|gated_delta/i.test(JSON.stringify(config));
}
