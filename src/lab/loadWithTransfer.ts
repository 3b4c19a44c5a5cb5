import { transferBehind } from '../operations/cluster/transferBehind.ts';
import { type LoadTransfer, watchTransfer } from '../operations/cluster/watchTransfer.ts';
import { type LoadOptions, type LoadResult, runLoad } from './load.ts';

export interface TransferredLoad extends LoadResult {
  /** Null: no prefill is apart from decode. */
  readonly kvTransfer: LoadTransfer | null;
}

/** Sends a load, and compares the counters of decode before and after. @param deployment file of the servers behind the proxy */
export async function loadWithTransfer(options: LoadOptions, deployment?: string): Promise<TransferredLoad> {
  const transferred = await watchTransfer(await transferBehind(options.url, deployment));
  const result = await runLoad(options);
  return { ...result, kvTransfer: await transferred(result.ok) };
}
