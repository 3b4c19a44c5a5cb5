import type { Starter } from '../starter.ts';

export function vllmStarter(): Starter {
  return {
    services: {},
    role: { tensor_parallel_size: 1, enable_expert_parallel: true },
    comments: {
      'deployment.proxy': 'image: one that contains vllm-router, as vllm/vllm-openai does not',
      'deployment.decode':
        'an instance of several hosts has one API server, on the first; data_parallel_lb changes that',
      'services.prefill':
        'for models with experts: a dense one does without the last two; further keys: all2all_backend, kv_connector, env...',
    },
  };
}
