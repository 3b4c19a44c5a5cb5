import type { Starter } from '../starter.ts';

export function vllmStarter(): Starter {
  return {
    services: {},
    comments: {
      'deployment.decode': 'an instance over several hosts spreads its experts over all of their devices',
      'services.prefill': 'further keys: enable_expert_parallel, all2all_backend, kv_connector, extra_args, env...',
    },
  };
}
