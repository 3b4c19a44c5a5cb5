// Generated from schemas/parts/core.schema.json and src/engines/*/settings.schema.json by `npm run gen`: edit those instead.

export type Text = string;
export type Secret =
  | string
  | {
      /**
       * Name of the environment variable of this machine that holds the secret.
       */
      env?: string;
      /**
       * Local file that holds the secret on its first line.
       */
      file?: Text;
      /**
       * Local program, and its arguments, that prints the secret; run only by commands that touch hosts.
       *
       * @minItems 1
       */
      command?: [Text, ...Text[]];
    };
export type Port = number | string;
export type Jump = string | null;
export type Dies = string | (number | string)[] | number;
export type Count = number | string;
export type CountOrZero = number | string;
export type Hosts = string | string[];
export type HostPath = string;
export type Duration = string;
export type CountOrPercentage = number | string;

/**
 * A prefill/decode-disaggregated inference cluster: who serves on which hosts, and how.
 */
export interface DeploymentFile {
  /**
   * Which hosts serve which role.
   */
  deployment: {
    defaults?: Defaults;
    /**
     * The prefill instances, one per groupN; each reads prompts with all dies of its hosts.
     */
    prefill?: Groups;
    /**
     * The decode instances, one per groupN; all hosts of a group decode together. OmniInfer vouches for one decode group only.
     */
    decode?: Groups;
    proxy?: Proxy;
    /**
     * Instead of prefill, decode and proxy: servers that do both, one per groupN, each on one host, asked directly at its base_api_port.
     */
    mixed?: Groups;
  };
  services: Services;
  /**
   * Ignored: a place for YAML anchors.
   *
   * This interface was referenced by `DeploymentFile`'s JSON-Schema definition
   * via the `patternProperty` "^x-".
   */
  [k: string]:
    | {
        [k: string]: unknown;
      }
    | {
        defaults?: Defaults;
        /**
         * The prefill instances, one per groupN; each reads prompts with all dies of its hosts.
         */
        prefill?: Groups;
        /**
         * The decode instances, one per groupN; all hosts of a group decode together. OmniInfer vouches for one decode group only.
         */
        decode?: Groups;
        proxy?: Proxy;
        /**
         * Instead of prefill, decode and proxy: servers that do both, one per groupN, each on one host, asked directly at its base_api_port.
         */
        mixed?: Groups;
      }
    | Services;
}
/**
 * For all groups, and its login keys for the proxy: any of a group's keys but hosts. A group's own keys go before these, these before services.prefill and services.decode.
 */
export interface Defaults {
  /**
   * User to log in as.
   */
  user?: Text;
  /**
   * Local path of the SSH private key.
   */
  private_key?: Text;
  /**
   * Passphrase of the private key.
   */
  passphrase?: Secret;
  /**
   * Password to log in with. Plain text works, with a warning: name where to find it instead.
   */
  password?: Secret;
  /**
   * Log in with the keys of the running ssh-agent.
   */
  agent?: boolean;
  /**
   * SSH port of the hosts, where it is not services.ssh.port.
   */
  ssh_port?: Port;
  /**
   * Bastion to go through, where it is not services.ssh.jump.
   */
  jump?: Jump;
  /**
   * Port at which the instance's processes meet on its first host.
   */
  master_port?: Port;
  /**
   * First API port on each host: a prefill host serves on this port alone, a decode host on one port per die from here on.
   */
  base_api_port?: Port;
  /**
   * Dies the instance uses on each host, without repetition.
   */
  ascend_rt_visible_devices?: Dies;
  /**
   * Another name for ascend_rt_visible_devices, whatever the accelerator.
   */
  devices?: Dies;
  /**
   * Longest sequence in tokens, prompt and answer together; prefill 32000 and decode 16384 unless given.
   */
  max_model_len?: Count;
  /**
   * Most sequences in one batch; null: the engine's choice; prefill 16 and decode 32 unless given.
   */
  max_num_seqs?: number | string | null;
  /**
   * Most tokens in one batch; null: the engine's choice; prefill 30000 unless given.
   */
  max_num_batched_tokens?: number | string | null;
  /**
   * Tensor parallel size of each server, which then has one data-parallel rank; null: prefill and mixed all dies of the instance, decode 1.
   */
  tp?: number | string | null;
  /**
   * Pipeline parallel size of each server: its stages are hosts of the instance, or parts of one.
   */
  pp?: number | string;
  /**
   * Layers of each pipeline stage; null: as even as they go.
   */
  pp_layer_partition?: string | null;
  /**
   * API servers on each host, which share its dies evenly; null: as many as tp and pp leave room for.
   */
  num_servers?: number | string | null;
  /**
   * Tokens that the MTP layer of the model guesses ahead in each step; 0: no MTP.
   */
  num_speculative_tokens?: CountOrZero;
  /**
   * JSON of --speculative-config; the same for prefill and decode. With engine omni it replaces MTP.
   */
  speculative_config?: {};
  /**
   * Seconds that a server which is stopped may take to finish its requests; 0 aborts them.
   */
  shutdown_timeout?: number | string;
  /**
   * Run without a compiled graph; null: prefill does, decode does not.
   */
  enforce_eager?: boolean | null;
  /**
   * Spread experts over all ranks of the instance instead of sharing each one; null: prefill and decode of omni do, others do not.
   */
  enable_expert_parallel?: boolean | null;
  /**
   * How ranks exchange tokens for experts, such as deepep_high_throughput for prefill and deepep_low_latency for decode; null: vLLM's choice.
   */
  all2all_backend?: string | null;
  /**
   * Let vLLM move experts between ranks while it serves.
   */
  enable_eplb?: boolean;
  /**
   * JSON of --eplb-config. num_redundant_experts is the total over all ranks.
   */
  eplb_config?: {};
  /**
   * How decode gets the key-value cache of prefill: NixlConnector or MooncakeConnector; the same for both. LMCacheConnectorV1 lets mixed servers keep caches in the memory of their hosts.
   */
  kv_connector?: string;
  /**
   * Reuse the key-value cache of equal beginnings; null: the engine's choice.
   */
  enable_prefix_caching?: boolean | null;
  /**
   * Compute long prompts in several batches; null: the engine's choice.
   */
  enable_chunked_prefill?: boolean | null;
  /**
   * Keep requests out of the log.
   */
  disable_log_requests?: boolean;
  /**
   * Tokens in one block of the key-value cache.
   */
  block_size?: Count;
  /**
   * Data type of weights and activations; null: the engine's choice, mixed servers bfloat16.
   */
  dtype?: string | null;
  /**
   * How weights are read; dummy: random ones, without files; null: the engine's choice.
   */
  load_format?: string | null;
  /**
   * Parser that separates thinking from the answer; null: none.
   */
  reasoning_parser?: string | null;
  /**
   * JSON of --reasoning-config.
   */
  reasoning_config?: {};
  /**
   * Let the model decide to call a tool; it needs tool_call_parser.
   */
  enable_auto_tool_choice?: boolean;
  /**
   * Parser of calls of tools in answers; null: none.
   */
  tool_call_parser?: string | null;
  /**
   * Python file in the container with a parser of tool calls.
   */
  tool_parser_plugin?: string | null;
  /**
   * Chat template file in the container; null: the model's own.
   */
  chat_template?: string | null;
  /**
   * What brings the dies of one server together; null: ray where a server has several hosts, otherwise the engine's choice.
   */
  distributed_executor_backend?: 'ray' | 'mp' | null;
  /**
   * Port of the ray head, where a server has several hosts; null: 6379.
   */
  ray_port?: number | string | null;
  /**
   * Lowest port of ray's workers; null: the launcher's choice.
   */
  ray_min_worker_port?: number | string | null;
  /**
   * Highest port of ray's workers; null: the launcher's choice.
   */
  ray_max_worker_port?: number | string | null;
  /**
   * Merged into the JSON of --kv-transfer-config, whose connector and role follow from the deployment.
   */
  kv_transfer_config?: {};
  /**
   * Merged into LMCache's file (LMCACHE_CONFIG_FILE), with LMCacheConnectorV1.
   */
  lmcache_config?: {};
  /**
   * JSON of --compilation-config.
   */
  compilation_config?: {};
  /**
   * First port of the servers of a host to hand over their key-value cache; null: 5568, and 16 more for each further node of the host.
   */
  vllm_llmdatadist_zmq_port?: number | string | null;
  /**
   * JSON of --kv-events-config.
   */
  kv_events_config?: {};
  /**
   * Share of device memory the engine may take.
   */
  gpu_util?: number | string;
  /**
   * Weights of this role on the hosts, where they are not those of services.model_path.
   */
  model_path?: string | null;
  /**
   * Further arguments of the engine, one entry each.
   */
  extra_args?: string[];
  /**
   * Further environment variables of the engine; null: not set, not even where omniplace would set it.
   */
  env?: {
    [k: string]: string | number | boolean | null;
  };
  /**
   * Devices that share each layer; null: it follows from hosts and devices.
   */
  tensor_parallel_size?: number | string | null;
  /**
   * Stages of layers; null: one stage per host where neither experts nor other sizes are spread over several hosts and the connector takes stages, else 1.
   */
  pipeline_parallel_size?: number | string | null;
  /**
   * Ranks that each serve requests of their own; null: as many as the devices are enough for.
   */
  data_parallel_size?: number | string | null;
  /**
   * Which servers answer requests. internal: one on the first host; hybrid: one per host, for its own ranks; external: one per rank.
   */
  data_parallel_lb?: 'internal' | 'hybrid' | 'external';
  /**
   * API processes behind the port of a server; null: vLLM's choice.
   */
  api_server_count?: number | string | null;
  /**
   * Lists of folders to put before those that the image's own environment has in the variable.
   */
  prepend_env?: {
    [k: string]: string;
  };
  /**
   * Bind each process of a server to CPUs of its own once it serves, by OmniInfer's bind_cpu.sh.
   */
  proc_bind?: boolean;
  /**
   * Merged into the engine's extra-config JSON (MODEL_EXTRA_CFG_PATH).
   */
  extra_config?: {};
  /**
   * Merged into the JSON of --additional-config.
   */
  additional_config?: {};
  placement?: Placement;
}
/**
 * How experts are placed on the dies (OmniPlacement).
 */
export interface Placement {
  /**
   * One word for the keys below. off: no OmniPlacement; base: contiguous, nothing moves; static: pattern_path as it is; rearrange: experts move while serving, one copy of each; redundant: they move, and hot ones get more copies. A key that says otherwise beside it is an error.
   */
  mode?: 'off' | 'base' | 'static' | 'rearrange' | 'redundant' | null;
  /**
   * Short for enable_dump, with a dump_dir of the instance's own below log_path unless one is given.
   */
  dump?: boolean;
  /**
   * Let OmniPlacement place the experts; false: the engine's own even distribution.
   */
  enabled?: boolean;
  /**
   * Local .npy pattern (dies of the instance, MoE layers, experts) to push to the hosts; null: contiguous placement without redundancy.
   */
  pattern_path?: string | null;
  /**
   * Pattern that the container has itself, in place of pattern_path: passed on as it is written, and not checked.
   */
  image_pattern_path?: string | null;
  /**
   * Number of MoE layers to place; null: as many as the model has.
   */
  max_moe_layer_num?: number | string | null;
  /**
   * Let OmniPlacement move experts between dies while serving.
   */
  enable_dynamic?: boolean;
  /**
   * Most copies of one expert, itself included; 1: no replicas; with mode redundant 10, or as many as there are dies.
   */
  max_redundant_per_expert?: Count;
  /**
   * Spare expert slots on each die for dynamic replicas; with mode redundant 1.
   */
  max_redundant_per_rank?: CountOrZero;
  /**
   * true: each die always uses the nearest replica (own die, own host, elsewhere); false: tokens take turns among the replicas.
   */
  enable_rank_round_robin?: boolean;
  /**
   * Write how often each expert was chosen to dump_dir, once a minute.
   */
  enable_dump?: boolean;
  /**
   * Folder on the hosts for the dumps.
   */
  dump_dir?: string | null;
}
export interface Groups {
  [k: string]: Group;
}
/**
 * One instance. Takes role settings too (services.prefill, services.decode); its own go before those.
 *
 * This interface was referenced by `Groups`'s JSON-Schema definition
 * via the `patternProperty` "^group[0-9]+$".
 */
export interface Group {
  /**
   * IPv4 addresses or names of the instance's hosts, or ranges (10.0.0.4-7, 10.0.0.[4:7]); the first is the master.
   */
  hosts: Hosts;
  /**
   * User to log in as.
   */
  user?: Text;
  /**
   * Local path of the SSH private key.
   */
  private_key?: Text;
  /**
   * Passphrase of the private key.
   */
  passphrase?: Secret;
  /**
   * Password to log in with. Plain text works, with a warning: name where to find it instead.
   */
  password?: Secret;
  /**
   * Log in with the keys of the running ssh-agent.
   */
  agent?: boolean;
  /**
   * SSH port of the hosts, where it is not services.ssh.port.
   */
  ssh_port?: Port;
  /**
   * Bastion to go through, where it is not services.ssh.jump.
   */
  jump?: Jump;
  /**
   * Port at which the instance's processes meet on its first host. Needed, here or in deployment.defaults.
   */
  master_port?: Port;
  /**
   * First API port on each host: a prefill host serves on this port alone, a decode host on one port per die from here on. Needed, here or in deployment.defaults.
   */
  base_api_port?: Port;
  /**
   * Dies the instance uses on each host, without repetition. Needed, here or in deployment.defaults.
   */
  ascend_rt_visible_devices?: Dies;
  /**
   * Another name for ascend_rt_visible_devices, whatever the accelerator. Needed, here or in deployment.defaults.
   */
  devices?: Dies;
  /**
   * Longest sequence in tokens, prompt and answer together; prefill 32000 and decode 16384 unless given.
   */
  max_model_len?: Count;
  /**
   * Most sequences in one batch; null: the engine's choice; prefill 16 and decode 32 unless given.
   */
  max_num_seqs?: number | string | null;
  /**
   * Most tokens in one batch; null: the engine's choice; prefill 30000 unless given.
   */
  max_num_batched_tokens?: number | string | null;
  /**
   * Tensor parallel size of each server, which then has one data-parallel rank; null: prefill and mixed all dies of the instance, decode 1.
   */
  tp?: number | string | null;
  /**
   * Pipeline parallel size of each server: its stages are hosts of the instance, or parts of one.
   */
  pp?: number | string;
  /**
   * Layers of each pipeline stage; null: as even as they go.
   */
  pp_layer_partition?: string | null;
  /**
   * API servers on each host, which share its dies evenly; null: as many as tp and pp leave room for.
   */
  num_servers?: number | string | null;
  /**
   * Tokens that the MTP layer of the model guesses ahead in each step; 0: no MTP.
   */
  num_speculative_tokens?: CountOrZero;
  /**
   * JSON of --speculative-config; the same for prefill and decode. With engine omni it replaces MTP.
   */
  speculative_config?: {};
  /**
   * Seconds that a server which is stopped may take to finish its requests; 0 aborts them.
   */
  shutdown_timeout?: number | string;
  /**
   * Run without a compiled graph; null: prefill does, decode does not.
   */
  enforce_eager?: boolean | null;
  /**
   * Spread experts over all ranks of the instance instead of sharing each one; null: prefill and decode of omni do, others do not.
   */
  enable_expert_parallel?: boolean | null;
  /**
   * How ranks exchange tokens for experts, such as deepep_high_throughput for prefill and deepep_low_latency for decode; null: vLLM's choice.
   */
  all2all_backend?: string | null;
  /**
   * Let vLLM move experts between ranks while it serves.
   */
  enable_eplb?: boolean;
  /**
   * JSON of --eplb-config. num_redundant_experts is the total over all ranks.
   */
  eplb_config?: {};
  /**
   * How decode gets the key-value cache of prefill: NixlConnector or MooncakeConnector; the same for both. LMCacheConnectorV1 lets mixed servers keep caches in the memory of their hosts.
   */
  kv_connector?: string;
  /**
   * Reuse the key-value cache of equal beginnings; null: the engine's choice.
   */
  enable_prefix_caching?: boolean | null;
  /**
   * Compute long prompts in several batches; null: the engine's choice.
   */
  enable_chunked_prefill?: boolean | null;
  /**
   * Keep requests out of the log.
   */
  disable_log_requests?: boolean;
  /**
   * Tokens in one block of the key-value cache.
   */
  block_size?: Count;
  /**
   * Data type of weights and activations; null: the engine's choice, mixed servers bfloat16.
   */
  dtype?: string | null;
  /**
   * How weights are read; dummy: random ones, without files; null: the engine's choice.
   */
  load_format?: string | null;
  /**
   * Parser that separates thinking from the answer; null: none.
   */
  reasoning_parser?: string | null;
  /**
   * JSON of --reasoning-config.
   */
  reasoning_config?: {};
  /**
   * Let the model decide to call a tool; it needs tool_call_parser.
   */
  enable_auto_tool_choice?: boolean;
  /**
   * Parser of calls of tools in answers; null: none.
   */
  tool_call_parser?: string | null;
  /**
   * Python file in the container with a parser of tool calls.
   */
  tool_parser_plugin?: string | null;
  /**
   * Chat template file in the container; null: the model's own.
   */
  chat_template?: string | null;
  /**
   * What brings the dies of one server together; null: ray where a server has several hosts, otherwise the engine's choice.
   */
  distributed_executor_backend?: 'ray' | 'mp' | null;
  /**
   * Port of the ray head, where a server has several hosts; null: 6379.
   */
  ray_port?: number | string | null;
  /**
   * Lowest port of ray's workers; null: the launcher's choice.
   */
  ray_min_worker_port?: number | string | null;
  /**
   * Highest port of ray's workers; null: the launcher's choice.
   */
  ray_max_worker_port?: number | string | null;
  /**
   * Merged into the JSON of --kv-transfer-config, whose connector and role follow from the deployment.
   */
  kv_transfer_config?: {};
  /**
   * Merged into LMCache's file (LMCACHE_CONFIG_FILE), with LMCacheConnectorV1.
   */
  lmcache_config?: {};
  /**
   * JSON of --compilation-config.
   */
  compilation_config?: {};
  /**
   * First port of the servers of a host to hand over their key-value cache; null: 5568, and 16 more for each further node of the host.
   */
  vllm_llmdatadist_zmq_port?: number | string | null;
  /**
   * JSON of --kv-events-config.
   */
  kv_events_config?: {};
  /**
   * Share of device memory the engine may take.
   */
  gpu_util?: number | string;
  /**
   * Weights of this role on the hosts, where they are not those of services.model_path.
   */
  model_path?: string | null;
  /**
   * Further arguments of the engine, one entry each.
   */
  extra_args?: string[];
  /**
   * Further environment variables of the engine; null: not set, not even where omniplace would set it.
   */
  env?: {
    [k: string]: string | number | boolean | null;
  };
  /**
   * Devices that share each layer; null: it follows from hosts and devices.
   */
  tensor_parallel_size?: number | string | null;
  /**
   * Stages of layers; null: one stage per host where neither experts nor other sizes are spread over several hosts and the connector takes stages, else 1.
   */
  pipeline_parallel_size?: number | string | null;
  /**
   * Ranks that each serve requests of their own; null: as many as the devices are enough for.
   */
  data_parallel_size?: number | string | null;
  /**
   * Which servers answer requests. internal: one on the first host; hybrid: one per host, for its own ranks; external: one per rank.
   */
  data_parallel_lb?: 'internal' | 'hybrid' | 'external';
  /**
   * API processes behind the port of a server; null: vLLM's choice.
   */
  api_server_count?: number | string | null;
  /**
   * Lists of folders to put before those that the image's own environment has in the variable.
   */
  prepend_env?: {
    [k: string]: string;
  };
  /**
   * Bind each process of a server to CPUs of its own once it serves, by OmniInfer's bind_cpu.sh.
   */
  proc_bind?: boolean;
  /**
   * Merged into the engine's extra-config JSON (MODEL_EXTRA_CFG_PATH).
   */
  extra_config?: {};
  /**
   * Merged into the JSON of --additional-config.
   */
  additional_config?: {};
  placement?: Placement;
  [k: string]:
    | HostBlock
    | Hosts
    | Text
    | Secret
    | boolean
    | Port
    | Jump
    | Dies
    | Count
    | number
    | string
    | null
    | CountOrZero
    | {}
    | 'ray'
    | 'mp'
    | string[]
    | {
        [k: string]: string | number | boolean | null;
      }
    | 'internal'
    | 'hybrid'
    | 'external'
    | {
        [k: string]: string;
      }
    | Placement
    | undefined;
}
/**
 * What is different on one host of the group: any of the group's keys.
 *
 * This interface was referenced by `Group`'s JSON-Schema definition
 * via the `patternProperty` "^host\s+\S+$".
 */
export interface HostBlock {
  /**
   * User to log in as.
   */
  user?: Text;
  /**
   * Local path of the SSH private key.
   */
  private_key?: Text;
  /**
   * Passphrase of the private key.
   */
  passphrase?: Secret;
  /**
   * Password to log in with. Plain text works, with a warning: name where to find it instead.
   */
  password?: Secret;
  /**
   * Log in with the keys of the running ssh-agent.
   */
  agent?: boolean;
  /**
   * SSH port of the hosts, where it is not services.ssh.port.
   */
  ssh_port?: Port;
  /**
   * Bastion to go through, where it is not services.ssh.jump.
   */
  jump?: Jump;
  /**
   * Port at which the instance's processes meet on its first host.
   */
  master_port?: Port;
  /**
   * First API port on each host: a prefill host serves on this port alone, a decode host on one port per die from here on.
   */
  base_api_port?: Port;
  /**
   * Dies the instance uses on each host, without repetition.
   */
  ascend_rt_visible_devices?: Dies;
  /**
   * Another name for ascend_rt_visible_devices, whatever the accelerator.
   */
  devices?: Dies;
  /**
   * Longest sequence in tokens, prompt and answer together; prefill 32000 and decode 16384 unless given.
   */
  max_model_len?: Count;
  /**
   * Most sequences in one batch; null: the engine's choice; prefill 16 and decode 32 unless given.
   */
  max_num_seqs?: number | string | null;
  /**
   * Most tokens in one batch; null: the engine's choice; prefill 30000 unless given.
   */
  max_num_batched_tokens?: number | string | null;
  /**
   * Tensor parallel size of each server, which then has one data-parallel rank; null: prefill and mixed all dies of the instance, decode 1.
   */
  tp?: number | string | null;
  /**
   * Pipeline parallel size of each server: its stages are hosts of the instance, or parts of one.
   */
  pp?: number | string;
  /**
   * Layers of each pipeline stage; null: as even as they go.
   */
  pp_layer_partition?: string | null;
  /**
   * API servers on each host, which share its dies evenly; null: as many as tp and pp leave room for.
   */
  num_servers?: number | string | null;
  /**
   * Tokens that the MTP layer of the model guesses ahead in each step; 0: no MTP.
   */
  num_speculative_tokens?: CountOrZero;
  /**
   * JSON of --speculative-config; the same for prefill and decode. With engine omni it replaces MTP.
   */
  speculative_config?: {};
  /**
   * Seconds that a server which is stopped may take to finish its requests; 0 aborts them.
   */
  shutdown_timeout?: number | string;
  /**
   * Run without a compiled graph; null: prefill does, decode does not.
   */
  enforce_eager?: boolean | null;
  /**
   * Spread experts over all ranks of the instance instead of sharing each one; null: prefill and decode of omni do, others do not.
   */
  enable_expert_parallel?: boolean | null;
  /**
   * How ranks exchange tokens for experts, such as deepep_high_throughput for prefill and deepep_low_latency for decode; null: vLLM's choice.
   */
  all2all_backend?: string | null;
  /**
   * Let vLLM move experts between ranks while it serves.
   */
  enable_eplb?: boolean;
  /**
   * JSON of --eplb-config. num_redundant_experts is the total over all ranks.
   */
  eplb_config?: {};
  /**
   * How decode gets the key-value cache of prefill: NixlConnector or MooncakeConnector; the same for both. LMCacheConnectorV1 lets mixed servers keep caches in the memory of their hosts.
   */
  kv_connector?: string;
  /**
   * Reuse the key-value cache of equal beginnings; null: the engine's choice.
   */
  enable_prefix_caching?: boolean | null;
  /**
   * Compute long prompts in several batches; null: the engine's choice.
   */
  enable_chunked_prefill?: boolean | null;
  /**
   * Keep requests out of the log.
   */
  disable_log_requests?: boolean;
  /**
   * Tokens in one block of the key-value cache.
   */
  block_size?: Count;
  /**
   * Data type of weights and activations; null: the engine's choice, mixed servers bfloat16.
   */
  dtype?: string | null;
  /**
   * How weights are read; dummy: random ones, without files; null: the engine's choice.
   */
  load_format?: string | null;
  /**
   * Parser that separates thinking from the answer; null: none.
   */
  reasoning_parser?: string | null;
  /**
   * JSON of --reasoning-config.
   */
  reasoning_config?: {};
  /**
   * Let the model decide to call a tool; it needs tool_call_parser.
   */
  enable_auto_tool_choice?: boolean;
  /**
   * Parser of calls of tools in answers; null: none.
   */
  tool_call_parser?: string | null;
  /**
   * Python file in the container with a parser of tool calls.
   */
  tool_parser_plugin?: string | null;
  /**
   * Chat template file in the container; null: the model's own.
   */
  chat_template?: string | null;
  /**
   * What brings the dies of one server together; null: ray where a server has several hosts, otherwise the engine's choice.
   */
  distributed_executor_backend?: 'ray' | 'mp' | null;
  /**
   * Port of the ray head, where a server has several hosts; null: 6379.
   */
  ray_port?: number | string | null;
  /**
   * Lowest port of ray's workers; null: the launcher's choice.
   */
  ray_min_worker_port?: number | string | null;
  /**
   * Highest port of ray's workers; null: the launcher's choice.
   */
  ray_max_worker_port?: number | string | null;
  /**
   * Merged into the JSON of --kv-transfer-config, whose connector and role follow from the deployment.
   */
  kv_transfer_config?: {};
  /**
   * Merged into LMCache's file (LMCACHE_CONFIG_FILE), with LMCacheConnectorV1.
   */
  lmcache_config?: {};
  /**
   * JSON of --compilation-config.
   */
  compilation_config?: {};
  /**
   * First port of the servers of a host to hand over their key-value cache; null: 5568, and 16 more for each further node of the host.
   */
  vllm_llmdatadist_zmq_port?: number | string | null;
  /**
   * JSON of --kv-events-config.
   */
  kv_events_config?: {};
  /**
   * Share of device memory the engine may take.
   */
  gpu_util?: number | string;
  /**
   * Weights of this role on the hosts, where they are not those of services.model_path.
   */
  model_path?: string | null;
  /**
   * Further arguments of the engine, one entry each.
   */
  extra_args?: string[];
  /**
   * Further environment variables of the engine; null: not set, not even where omniplace would set it.
   */
  env?: {
    [k: string]: string | number | boolean | null;
  };
  /**
   * Devices that share each layer; null: it follows from hosts and devices.
   */
  tensor_parallel_size?: number | string | null;
  /**
   * Stages of layers; null: one stage per host where neither experts nor other sizes are spread over several hosts and the connector takes stages, else 1.
   */
  pipeline_parallel_size?: number | string | null;
  /**
   * Ranks that each serve requests of their own; null: as many as the devices are enough for.
   */
  data_parallel_size?: number | string | null;
  /**
   * Which servers answer requests. internal: one on the first host; hybrid: one per host, for its own ranks; external: one per rank.
   */
  data_parallel_lb?: 'internal' | 'hybrid' | 'external';
  /**
   * API processes behind the port of a server; null: vLLM's choice.
   */
  api_server_count?: number | string | null;
  /**
   * Lists of folders to put before those that the image's own environment has in the variable.
   */
  prepend_env?: {
    [k: string]: string;
  };
  /**
   * Bind each process of a server to CPUs of its own once it serves, by OmniInfer's bind_cpu.sh.
   */
  proc_bind?: boolean;
  /**
   * Merged into the engine's extra-config JSON (MODEL_EXTRA_CFG_PATH).
   */
  extra_config?: {};
  /**
   * Merged into the JSON of --additional-config.
   */
  additional_config?: {};
  placement?: Placement;
}
/**
 * The one address clients talk to; it leads each request through prefill and decode.
 */
export interface Proxy {
  /**
   * IPv4 address or name of the proxy's host.
   */
  host: string;
  /**
   * User to log in as.
   */
  user?: Text;
  /**
   * Local path of the SSH private key.
   */
  private_key?: Text;
  /**
   * Passphrase of the private key.
   */
  passphrase?: Secret;
  /**
   * Password to log in with. Plain text works, with a warning: name where to find it instead.
   */
  password?: Secret;
  /**
   * Log in with the keys of the running ssh-agent.
   */
  agent?: boolean;
  /**
   * SSH port of the hosts, where it is not services.ssh.port.
   */
  ssh_port?: Port;
  /**
   * Bastion to go through, where it is not services.ssh.jump.
   */
  jump?: Jump;
  /**
   * Port clients talk to.
   */
  listen_port?: number | string;
  /**
   * Program of the proxy.
   */
  kind?: 'vllm-router';
  /**
   * Image of the proxy's container; services.docker_image unless given.
   */
  image?: string;
  /**
   * How an instance is chosen for a request.
   */
  policy?: 'random' | 'round_robin' | 'cache_aware' | 'power_of_two' | 'consistent_hash';
  /**
   * The same for prefill, where it is another one.
   */
  prefill_policy?: 'random' | 'round_robin' | 'cache_aware' | 'power_of_two' | 'consistent_hash';
  /**
   * The same for decode, where it is another one.
   */
  decode_policy?: 'random' | 'round_robin' | 'cache_aware' | 'power_of_two' | 'consistent_hash';
  /**
   * Port of the router's own metrics.
   */
  prometheus_port?: Port;
  /**
   * Ranks behind each server that the router chooses itself; 1: each server shares its requests out.
   */
  intra_node_data_parallel_size?: Count;
  /**
   * Further arguments of the router, one entry each.
   */
  router_args?: string[];
  /**
   * How a prefill instance is chosen for a request.
   */
  prefill_lb_sdk?:
    | 'pd_score_balance'
    | 'prefill_score_balance'
    | 'weighted_least_active'
    | 'greedy_timeout'
    | 'least_total_load'
    | 'prefix_cache_affinity'
    | 'auto_balance_controller'
    | 'length_balance'
    | 'round_robin'
    | 'least_conn';
  /**
   * How a decode server is chosen for a request.
   */
  decode_lb_sdk?:
    | 'pd_score_balance'
    | 'prefill_score_balance'
    | 'weighted_least_active'
    | 'greedy_timeout'
    | 'least_total_load'
    | 'prefix_cache_affinity'
    | 'auto_balance_controller'
    | 'length_balance'
    | 'round_robin'
    | 'least_conn';
  /**
   * CPU cores for the proxy.
   */
  core_num?: Count;
  /**
   * First of those cores.
   */
  start_core_index?: CountOrZero;
  /**
   * Least severity of what nginx writes to its error log.
   */
  log_level?: 'debug' | 'info' | 'notice' | 'warn' | 'error' | 'crit' | 'alert' | 'emerg';
  /**
   * Access log of nginx on the proxy's host; null: nginx_access.log in the proxy's folder of log_path.
   */
  access_log_file?: string | null;
  /**
   * What the proxy changes in requests. add: all of them stream, with usage numbers; set_opt: usage numbers for those that stream.
   */
  stream_ops?: 'off' | 'add' | 'set_opt';
  /**
   * Start omni_proxy.sh instead of global_proxy.sh: it schedules by tokens, load and prefix caches, and takes another list of servers without a restart.
   */
  use_omni_proxy?: boolean;
  /**
   * Order in which a request goes to prefill and decode. aggregation: decode servers do both, and prefill servers get nothing.
   */
  omni_proxy_pd_policy?: 'sequential' | 'parallel' | 'aggregation';
  /**
   * Folder whose tokenizer omni_proxy uses to find prefixes that a server has cached; null: model_path; "": it counts no tokens.
   */
  omni_proxy_model_path?: string | null;
  /**
   * Tokens of waiting requests that omni_proxy gives to one prefill server at a time.
   */
  omni_proxy_max_batch_num_token?: Count;
  /**
   * Weight of a request's max_tokens in its load; null: omni_proxy's own, which is 0.
   */
  omni_proxy_max_tokens_weight?: number | string | null;
  /**
   * Requests that omni_proxy gives to a prefill server at once; null: its max_num_seqs.
   */
  omni_proxy_prefill_max_num_seqs?: number | string | null;
  /**
   * Requests that omni_proxy gives to a decode server at once; null: its max_num_seqs.
   */
  omni_proxy_decode_max_num_seqs?: number | string | null;
  /**
   * Milliseconds after which a request goes before those with longer cached prefixes.
   */
  omni_proxy_prefill_starvation_timeout?: Count;
  /**
   * How omni_proxy chooses a prefill server. earliest_batch: the one whose next batch starts first.
   */
  omni_proxy_schedule_algo?: 'default' | 'earliest_batch';
  /**
   * Groups of prefill servers, in the order of the list, as group:servers: a request stays in its group; null: one group.
   */
  omni_proxy_prefill_groups?: string | null;
  /**
   * Groups of decode servers; the same groups as in omni_proxy_prefill_groups.
   */
  omni_proxy_decode_groups?: string | null;
  /**
   * Machines of a prefill instance, as omni_proxy counts healthy instances.
   */
  prefill_pod_size?: Count;
  /**
   * Machines of a decode instance, as omni_proxy counts healthy instances.
   */
  decode_pod_size?: Count;
  /**
   * All workers of omni_proxy accept from one socket; false: each has its own.
   */
  no_reuseport?: boolean;
  /**
   * Keep another nginx of the same container when omni_proxy starts.
   */
  keepalive_nginx?: boolean;
  /**
   * File in the container that omni_proxy.sh writes its configuration to.
   */
  nginx_conf_file?: string;
}
/**
 * What is served, and how the cluster is run.
 */
export interface Services {
  /**
   * The cluster's identity: labels, lease and state carry it. Default: the file's base name.
   */
  name?: string;
  /**
   * Inference engine.
   */
  engine?: 'omni' | 'vllm';
  /**
   * Version of vLLM in the image, where the image's tag does not contain it: arguments are checked against it.
   */
  vllm_version?: string;
  /**
   * Generation of OmniInfer, where it should not be read from the image: v0.3 places experts through the extra-config file, v0.6 inside --additional-config. It also names the version to assume of an image that was not read yet.
   */
  generation?: 'v0.3' | 'v0.6';
  /**
   * Script that starts prefill and decode servers. pd_run: pd_run.sh, which sets some variables itself; api_servers: start_api_servers.py, with all of `env`, as omni_cli does.
   */
  launcher?: 'pd_run' | 'api_servers';
  /**
   * Kind of device: which drivers are mounted and which tools ask for dies.
   */
  accelerator?: 'ascend' | 'cuda' | 'none';
  /**
   * Image of the containers.
   */
  docker_image: string;
  /**
   * Local archive (docker save) to push to a host that lacks the image.
   */
  docker_image_archive?: Text;
  /**
   * Folder of the model, the same on every host.
   */
  model_path: HostPath;
  /**
   * Local folder of the model, brought to `model_path` on every host that serves when asked for: `serve --only push_model`.
   */
  model_source?: Text;
  /**
   * The model's shape, where it shall not be read from config.json on a host.
   */
  model?: {
    /**
     * Number of MoE layers.
     */
    moe_layers?: number | string | null;
    /**
     * Logical experts of a MoE layer.
     */
    experts?: number | string | null;
    /**
     * Experts chosen for a token.
     */
    top_k?: number | string | null;
    /**
     * Layers before the first MoE layer.
     */
    first_dense_layers?: number | string | null;
  };
  /**
   * Name of the model in the API.
   */
  served_model_name?: Text;
  /**
   * Local folder that contains omniinfer/, synced to the hosts and mounted into the containers; without it the image's own code runs.
   */
  code_path?: Text;
  /**
   * Local wheels (globs allowed) to install in the containers.
   */
  wheels?: string[] | string;
  /**
   * Folder on the hosts for the logs.
   */
  log_path?: HostPath;
  /**
   * Folder on the hosts for what omniplace puts there, one folder per cluster below it.
   */
  state_path?: HostPath;
  /**
   * HTTP proxy for pip in the containers; empty: none.
   */
  http_proxy?: string | null;
  /**
   * API key that the servers want of clients, for the completion that serve and status ask for. Default: the key in the servers' own environment or arguments.
   */
  api_key?: Secret;
  /**
   * How containers are made.
   */
  container?: {
    /**
     * Containers are called <prefix>_<role>_<node>.
     */
    name_prefix?: string;
    /**
     * Further mounts.
     */
    mounts?: string[];
    /**
     * Further devices, beside the accelerator's.
     */
    devices?: string[];
    /**
     * Shared memory of a container.
     */
    shm_size?: string;
    /**
     * Further flags of docker run, one argument each.
     */
    flags?: string[];
  };
  /**
   * How hosts are reached.
   */
  ssh?: {
    /**
     * SSH port of the hosts.
     */
    port?: Port;
    /**
     * Bastion to go through.
     */
    jump?: Jump;
    /**
     * strict: only hosts in known_hosts; accept-new: an unknown key is written down there, a changed one refused.
     */
    host_keys?: 'strict' | 'accept-new';
    /**
     * Local file of known host keys.
     */
    known_hosts?: Text;
    /**
     * sudo: work as root on the hosts through sudo, which must not ask for a password.
     */
    become?: 'sudo' | null;
    /**
     * Longest wait for a connection.
     */
    connect_timeout?: Duration;
  };
  /**
   * How long servers may take until they serve.
   */
  ready?: {
    /**
     * Longest start of a prefill instance.
     */
    prefill?: Duration;
    /**
     * Longest start of a decode instance.
     */
    decode?: Duration;
    /**
     * Longest start of a mixed server.
     */
    mixed?: Duration;
    /**
     * A server whose log, device memory and CPU time stand still for so long is given up.
     */
    no_progress?: Duration;
  };
  /**
   * Host whose container builds wheels (`serve --only build_wheels`); the first host unless given.
   */
  build_host?: string;
  /**
   * stop: no new phase once more than max_fail hosts have failed or were lost; continue: go on with whatever does not need what failed.
   */
  on_failure?: 'stop' | 'continue';
  /**
   * Hosts that may fail or be lost before a run stops: a number, or a percentage of the hosts it works on.
   */
  max_fail?: CountOrPercentage;
  /**
   * Phases (tags) after which one failed host ends the run, whatever else is allowed; true: all of them. A host that can't be reached counts in max_fail alone. Without this key: preflight with on_failure stop, none with continue.
   */
  any_errors_fatal?:
    | boolean
    | (
        | 'preflight'
        | 'take_over'
        | 'run_docker'
        | 'sync_code'
        | 'install_code'
        | 'push_config'
        | 'pip_install'
        | 'ranktable'
        | 'stop_server'
        | 'run_server'
        | 'run_proxy'
        | 'verify'
        | 'push_model'
        | 'build_wheels'
        | 'clean_up'
      )[];
  /**
   * How prefill servers run, unless deployment.defaults or a group say otherwise.
   */
  prefill?: RoleSettings;
  /**
   * How decode servers run, unless deployment.defaults or a group say otherwise.
   */
  decode?: RoleSettings;
  /**
   * How mixed servers run, unless deployment.defaults or a group say otherwise.
   */
  mixed?: RoleSettings;
}
/**
 * How the servers of a role run.
 */
export interface RoleSettings {
  /**
   * Longest sequence in tokens, prompt and answer together; prefill 32000 and decode 16384 unless given.
   */
  max_model_len?: Count;
  /**
   * Most sequences in one batch; null: the engine's choice; prefill 16 and decode 32 unless given.
   */
  max_num_seqs?: number | string | null;
  /**
   * Most tokens in one batch; null: the engine's choice; prefill 30000 unless given.
   */
  max_num_batched_tokens?: number | string | null;
  /**
   * Tensor parallel size of each server, which then has one data-parallel rank; null: prefill and mixed all dies of the instance, decode 1.
   */
  tp?: number | string | null;
  /**
   * Pipeline parallel size of each server: its stages are hosts of the instance, or parts of one.
   */
  pp?: number | string;
  /**
   * Layers of each pipeline stage; null: as even as they go.
   */
  pp_layer_partition?: string | null;
  /**
   * API servers on each host, which share its dies evenly; null: as many as tp and pp leave room for.
   */
  num_servers?: number | string | null;
  /**
   * Tokens that the MTP layer of the model guesses ahead in each step; 0: no MTP.
   */
  num_speculative_tokens?: CountOrZero;
  /**
   * JSON of --speculative-config; the same for prefill and decode. With engine omni it replaces MTP.
   */
  speculative_config?: {};
  /**
   * Seconds that a server which is stopped may take to finish its requests; 0 aborts them.
   */
  shutdown_timeout?: number | string;
  /**
   * Run without a compiled graph; null: prefill does, decode does not.
   */
  enforce_eager?: boolean | null;
  /**
   * Spread experts over all ranks of the instance instead of sharing each one; null: prefill and decode of omni do, others do not.
   */
  enable_expert_parallel?: boolean | null;
  /**
   * How ranks exchange tokens for experts, such as deepep_high_throughput for prefill and deepep_low_latency for decode; null: vLLM's choice.
   */
  all2all_backend?: string | null;
  /**
   * Let vLLM move experts between ranks while it serves.
   */
  enable_eplb?: boolean;
  /**
   * JSON of --eplb-config. num_redundant_experts is the total over all ranks.
   */
  eplb_config?: {};
  /**
   * How decode gets the key-value cache of prefill: NixlConnector or MooncakeConnector; the same for both. LMCacheConnectorV1 lets mixed servers keep caches in the memory of their hosts.
   */
  kv_connector?: string;
  /**
   * Reuse the key-value cache of equal beginnings; null: the engine's choice.
   */
  enable_prefix_caching?: boolean | null;
  /**
   * Compute long prompts in several batches; null: the engine's choice.
   */
  enable_chunked_prefill?: boolean | null;
  /**
   * Keep requests out of the log.
   */
  disable_log_requests?: boolean;
  /**
   * Tokens in one block of the key-value cache.
   */
  block_size?: Count;
  /**
   * Data type of weights and activations; null: the engine's choice, mixed servers bfloat16.
   */
  dtype?: string | null;
  /**
   * How weights are read; dummy: random ones, without files; null: the engine's choice.
   */
  load_format?: string | null;
  /**
   * Parser that separates thinking from the answer; null: none.
   */
  reasoning_parser?: string | null;
  /**
   * JSON of --reasoning-config.
   */
  reasoning_config?: {};
  /**
   * Let the model decide to call a tool; it needs tool_call_parser.
   */
  enable_auto_tool_choice?: boolean;
  /**
   * Parser of calls of tools in answers; null: none.
   */
  tool_call_parser?: string | null;
  /**
   * Python file in the container with a parser of tool calls.
   */
  tool_parser_plugin?: string | null;
  /**
   * Chat template file in the container; null: the model's own.
   */
  chat_template?: string | null;
  /**
   * What brings the dies of one server together; null: ray where a server has several hosts, otherwise the engine's choice.
   */
  distributed_executor_backend?: 'ray' | 'mp' | null;
  /**
   * Port of the ray head, where a server has several hosts; null: 6379.
   */
  ray_port?: number | string | null;
  /**
   * Lowest port of ray's workers; null: the launcher's choice.
   */
  ray_min_worker_port?: number | string | null;
  /**
   * Highest port of ray's workers; null: the launcher's choice.
   */
  ray_max_worker_port?: number | string | null;
  /**
   * Merged into the JSON of --kv-transfer-config, whose connector and role follow from the deployment.
   */
  kv_transfer_config?: {};
  /**
   * Merged into LMCache's file (LMCACHE_CONFIG_FILE), with LMCacheConnectorV1.
   */
  lmcache_config?: {};
  /**
   * JSON of --compilation-config.
   */
  compilation_config?: {};
  /**
   * First port of the servers of a host to hand over their key-value cache; null: 5568, and 16 more for each further node of the host.
   */
  vllm_llmdatadist_zmq_port?: number | string | null;
  /**
   * JSON of --kv-events-config.
   */
  kv_events_config?: {};
  /**
   * Share of device memory the engine may take.
   */
  gpu_util?: number | string;
  /**
   * Weights of this role on the hosts, where they are not those of services.model_path.
   */
  model_path?: string | null;
  /**
   * Further arguments of the engine, one entry each.
   */
  extra_args?: string[];
  /**
   * Further environment variables of the engine; null: not set, not even where omniplace would set it.
   */
  env?: {
    [k: string]: string | number | boolean | null;
  };
  /**
   * Devices that share each layer; null: it follows from hosts and devices.
   */
  tensor_parallel_size?: number | string | null;
  /**
   * Stages of layers; null: one stage per host where neither experts nor other sizes are spread over several hosts and the connector takes stages, else 1.
   */
  pipeline_parallel_size?: number | string | null;
  /**
   * Ranks that each serve requests of their own; null: as many as the devices are enough for.
   */
  data_parallel_size?: number | string | null;
  /**
   * Which servers answer requests. internal: one on the first host; hybrid: one per host, for its own ranks; external: one per rank.
   */
  data_parallel_lb?: 'internal' | 'hybrid' | 'external';
  /**
   * API processes behind the port of a server; null: vLLM's choice.
   */
  api_server_count?: number | string | null;
  /**
   * Lists of folders to put before those that the image's own environment has in the variable.
   */
  prepend_env?: {
    [k: string]: string;
  };
  /**
   * Bind each process of a server to CPUs of its own once it serves, by OmniInfer's bind_cpu.sh.
   */
  proc_bind?: boolean;
  /**
   * Merged into the engine's extra-config JSON (MODEL_EXTRA_CFG_PATH).
   */
  extra_config?: {};
  /**
   * Merged into the JSON of --additional-config.
   */
  additional_config?: {};
  placement?: Placement;
}
