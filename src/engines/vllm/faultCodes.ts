/** vLLM's own codes of a fault of the deployment file, and what to do about it; after a change `npm run gen`. */
export const VLLM_FAULT_CODES = {
  unknown_argument:
    'This version of vLLM has no such argument, and would end with its usage. As a warning: the version in the image is not known exactly.',
  argument_value: 'The value of an argument is of another type than vLLM takes, or out of its range.',
  retired_name: 'vLLM had a connector, argument or variable of this name, or a relative of it has. Use its successor.',
  parallel_sizes:
    'Tensor, pipeline and data parallel sizes multiply to the number of devices of the instance, and a rank fits its hosts.',
  kv_transfer: 'The transfer of the key-value cache would fail, or decode would read prompts again by itself.',
  pair_mismatch: 'Prefill and decode must agree in this, or decode refuses the key-value cache of prefill.',
  eplb_setting: 'vLLM would refuse, or not use, this setting of its load balancer for experts.',
} as const;
