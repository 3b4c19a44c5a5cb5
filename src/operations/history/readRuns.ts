import { randomBytes } from 'node:crypto';
import type { Deployment } from '../../deployment/deployment.ts';
import { parseLoosely } from '../../files/parseJson.ts';
import { quoteWord } from '../../shell/quote.ts';
import { type Lease, parseLease } from '../../state/leaseFile.ts';
import { parseRunFact, type RunFact } from '../../state/runFact.ts';
import { type PastRunLine, PastRunLineShape } from '../../state/state.gen.ts';
import { clusterPaths } from '../../topology/paths.ts';
import { type OpenHost, TransportError } from '../../transport/host.ts';

/** What one host remembers of runs. */
export interface HostRuns {
  readonly host: string;
  /** Runs that ended, the last one at the end. */
  readonly runs: readonly PastRunLine[];
  /** The last run, which may not have ended. */
  readonly last: RunFact | null;
  /** Who changes the host now. */
  readonly lease: Lease | null;
  /** Null: the host answered. */
  readonly problem: string | null;
}

/** For three small files, ms. */
const DEADLINE_MS = 10_000;

/** Asks every host at once, one round trip each. */
export function readRuns(
  open: OpenHost,
  addresses: readonly string[],
  deployment: Deployment,
  signal: AbortSignal,
): Promise<readonly HostRuns[]> {
  const paths = clusterPaths(deployment.statePath, deployment.name);
  return Promise.all(
    addresses.map(async (address): Promise<HostRuns> => {
      const nothing = { host: address, runs: [], last: null, lease: null };
      const mark = `@@${randomBytes(8).toString('hex')} `;
      try {
        const host = await open(address, signal);
        const { stdout, ended } = await host.run(script(paths, mark), {
          signal,
          deadlineMs: DEADLINE_MS,
          keepBytes: 1 << 24,
        });
        if (ended === 'deadline') return { ...nothing, problem: `no answer within ${DEADLINE_MS / 1000} s` };
        const parts = stdout.split(`\n${mark}`).slice(1);
        const named = (name: string) => parts.find((part) => part.startsWith(`${name}\n`))?.slice(name.length + 1);
        if (named('end') === undefined) return { ...nothing, problem: 'its answer is not a list of runs' };
        return {
          host: address,
          runs: parsePastRuns(named('runs')),
          last: parseRunFact(named('run')),
          lease: parseLease(named('lease')),
          problem: null,
        };
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        return { ...nothing, problem: error.message };
      }
    }),
  );
}

/** Lines of another shape are as if they were not there. */
function parsePastRuns(text: string | undefined): readonly PastRunLine[] {
  return (text ?? '').split('\n').flatMap((line) => parseLoosely(line, PastRunLineShape) ?? []);
}

function script({ runs, run, lease }: ReturnType<typeof clusterPaths>, mark: string): string {
  return `show() { printf '\\n%s%s\\n' ${quoteWord(mark)} "$1"; cat -- "$2" 2>/dev/null; }
show runs ${quoteWord(runs)}
show run ${quoteWord(run)}
show lease ${quoteWord(lease)}
show end /dev/null`;
}
