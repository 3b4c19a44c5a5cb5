import { quote } from '../shell/quote.ts';
import type { RemoteHost, RunOptions, RunResult } from '../transport/host.ts';
import { isProcessHost, type ProcessHost } from '../transport/process.ts';
import { LeaseLost } from './leaseErrors.ts';
import { parseLease } from './leaseFile.ts';
import { FENCED_CODE, FENCED_WORD } from './leaseScripts.ts';

/**
 * The host, for a run that holds its lease: whatever runs there looks at the lease first, and does nothing once it is another's.
 * Actions are not aware of it. @param fence shell that ends the script, or lets it continue
 */
export function fencedHost(host: RemoteHost, fence: string, onLost: (error: LeaseLost) => void): RemoteHost {
  const fenced: RemoteHost = {
    address: host.address,
    meter: host.meter,
    run: async (script: string, options?: RunOptions): Promise<RunResult> => {
      const result = await host.run(`${fence}${script}`, options);
      if (result.code !== FENCED_CODE || !result.stderr.startsWith(FENCED_WORD)) return result;
      const lost = new LeaseLost(host.address, parseLease(result.stderr.slice(FENCED_WORD.length)));
      onLost(lost);
      throw lost;
    },
    forward: (port) => host.forward(port),
    close: () => host.close(),
  };
  if (!isProcessHost(host)) return fenced;
  const process: ProcessHost = { ...fenced, open: (command) => host.open(quote(['sh', '-c', `${fence}${command}`])) };
  return process;
}
