import type { EngineName } from '../deployment/deployment.ts';
import type { Engine } from './engine.ts';
import { omniEngine } from './omni/index.ts';
import { vllmEngine } from './vllm/index.ts';

// kept by hosts before there were other engines
export { artifactsOfFormat1, type NodeOfFormat1, readinessOfFormat1 } from './omni/index.ts';

const ENGINES: Readonly<Record<EngineName, Engine>> = { omni: omniEngine, vllm: vllmEngine };

export function engineOf(name: EngineName): Engine {
  return ENGINES[name];
}

export function allEngines(): readonly Engine[] {
  return Object.values(ENGINES);
}
