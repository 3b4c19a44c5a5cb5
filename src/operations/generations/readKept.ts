import { randomBytes } from 'node:crypto';
import type { Deployment } from '../../deployment/deployment.ts';
import { parseLoosely } from '../../files/parseJson.ts';
import { quoteWord } from '../../shell/quote.ts';
import { type Kept, keptName, parseKept } from '../../state/kept.ts';
import { parseRunFact, type RunFact } from '../../state/runFact.ts';
import { clusterPaths } from '../../topology/paths.ts';
import { type OpenHost, TransportError } from '../../transport/host.ts';
import { fromFormat1 } from './format1.ts';
import { KeptRecordFormat1Shape, KeptRecordShape } from './keptRecord.gen.ts';
import type { KeptRecord } from './record.ts';

/** What one host keeps of a cluster. */
export interface HostKept {
  readonly address: string;
  readonly kept: readonly Kept[];
  readonly run: RunFact | null;
  /** By generation; absent: it is named, but not there. */
  readonly records: ReadonlyMap<string, KeptRecord & { readonly imageId: string }>;
  /** Null: the host answered. */
  readonly problem: string | null;
}

/** Asks every host what it keeps, one round trip each. */
export function readKept(
  open: OpenHost,
  addresses: readonly string[],
  deployment: Deployment,
  signal: AbortSignal,
): Promise<readonly HostKept[]> {
  const paths = clusterPaths(deployment.statePath, deployment.name);
  return Promise.all(
    addresses.map(async (address): Promise<HostKept> => {
      const nothing = { address, kept: [], run: null, records: new Map() };
      const mark = `@@${randomBytes(8).toString('hex')} `;
      try {
        const host = await open(address, signal);
        const { stdout, ended } = await host.run(script(paths, mark), {
          signal,
          deadlineMs: 30_000,
          keepBytes: 1 << 26,
        });
        if (ended !== 'exit') return { ...nothing, problem: `it did not say what it keeps (${ended})` };
        return { address, ...parse(stdout, mark), problem: null };
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        return { ...nothing, problem: error.message };
      }
    }),
  );
}

function script({ generations, kept, run }: ReturnType<typeof clusterPaths>, mark: string): string {
  return `show() { printf '\\n%s%s\\n' ${quoteWord(mark)} "$1"; cat -- "$2" 2>/dev/null; }
show run ${quoteWord(run)}
show kept ${quoteWord(kept)}
for folder in ${quoteWord(generations)}/*/; do show image "\${folder}image"; show record "\${folder}desired.json"; done
:`;
}

function parse(said: string, mark: string): Pick<HostKept, 'kept' | 'run' | 'records'> {
  const parts = said.split(`\n${mark}`).slice(1);
  const named = (name: string) =>
    parts.filter((part) => part.startsWith(`${name}\n`)).map((part) => part.slice(name.length + 1));
  const images = named('image');
  const records = new Map<string, KeptRecord & { readonly imageId: string }>();
  for (const [at, text] of named('record').entries()) {
    // a record of another shape is as if it were not there
    const record = parseLoosely(text, KeptRecordShape) ?? formerRecord(text);
    if (record !== null) records.set(record.generation, { ...record, imageId: images[at]?.trim() ?? '' });
  }
  return { kept: parseKept(named('kept')[0]), run: parseRunFact(named('run')[0]), records };
}

function formerRecord(text: string): KeptRecord | null {
  const record = parseLoosely(text, KeptRecordFormat1Shape);
  return record && fromFormat1(record);
}

/** Folder of what a host keeps of a generation. */
export function keptFolder({ statePath, name }: Deployment, generation: string): string {
  return `${clusterPaths(statePath, name).generations}/${keptName(generation)}`;
}
