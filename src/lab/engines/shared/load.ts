import { setTimeout as delay } from 'node:timers/promises';
import { logInfo } from './log.ts';

const NUM_SHARDS = 4;

/** Loading a checkpoint, as seen from outside: time passes and the log grows. */
export async function simulateLoad(loadMs: number): Promise<void> {
  logInfo('Starting to load model...');
  for (let shard = 1; shard <= NUM_SHARDS; shard++) {
    await delay(loadMs / NUM_SHARDS);
    logInfo(`Loading safetensors checkpoint shards: ${(100 * shard) / NUM_SHARDS}% Completed | ${shard}/${NUM_SHARDS}`);
  }
  logInfo(`Loading weights took ${(loadMs / 1000).toFixed(2)} seconds`);
}
