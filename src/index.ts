export type { Deployment } from './deployment/deployment.ts';
export type { Fault } from './deployment/fault.ts';
export type { Plan, Step, StepResult } from './plan/step.ts';
export type { RunEvent, RunSummary } from './runner/event.ts';
export type { Topology } from './topology/topology.ts';
