export { fetchDumps } from './fetch.ts';
export { recordedUnder, SWAPPED } from './recorded.ts';
export { dumpSources } from './sources.ts';
export type { InstanceDumps, Recorded } from './types.ts';
export { windowTime } from './windowTime.ts';
