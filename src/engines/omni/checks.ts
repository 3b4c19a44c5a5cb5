import type { Fault } from '../../deployment/fault.ts';
import type { Engine } from '../engine.ts';

export const checks: Engine['checks'] = (): readonly Fault[] => [];
