import type { EngineName } from '../deployment/deployment.ts';
import type { Engine } from './engine.ts';
import { omniEngine } from './omni/index.ts';

const ENGINES: Readonly<Record<EngineName, Engine>> = { omni: omniEngine };

export function engineOf(name: EngineName): Engine {
  return ENGINES[name];
}
