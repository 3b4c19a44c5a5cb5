import type { Starter, StarterWish } from '../starter.ts';

export function starter({ codePath }: StarterWish): Starter {
  return {
    services: codePath === null ? {} : { code_path: codePath },
    comments: {
      'deployment.decode': 'each host takes one API port per die, from base_api_port on',
      'services.code_path': 'on this machine; contains omniinfer/',
    },
  };
}
