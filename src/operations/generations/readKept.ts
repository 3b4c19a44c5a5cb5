import { randomBytes } from 'node:crypto';
import type { Deployment } from '../../deployment/deployment.ts';
import { parseLoosely } from '../../files/parseJson.ts';
import { quoteWord } from '../../shell/quote.ts';
import { type DesiredRecord, parseDesiredRecord } from '../../state/desiredRecord.ts';
import { type Kept, keptName, parseKept } from '../../state/kept.ts';
import { parseRunFact, type RunFact } from '../../state/runFact.ts';
import { clusterPaths } from '../../topology/paths.ts';
import { type OpenHost, type RunResult, TransportError } from '../../transport/host.ts';
import { fromFormat1 } from './format1.ts';
import { KeptRecordFormat1Shape, KeptRecordShape } from './keptRecord.gen.ts';
import type { KeptRecord } from './record.ts';

/** For small files, ms. */
const DEADLINE_MS = 30_000;

/** Shown of an answer that can't be read, characters. */
const WORDS = 80;

/** What one host keeps of a cluster. */
export interface HostKept {
  readonly address: string;
  readonly kept: readonly Kept[];
  readonly run: RunFact | null;
  /** What it should run. */
  readonly desired: DesiredRecord | null;
  /** By generation; absent: it is named, but not there. */
  readonly records: ReadonlyMap<string, KeptRecord & { readonly imageId: string }>;
  /** Null: the host answered, and its answer can be read. */
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
      const nothing = { address, kept: [], run: null, desired: null, records: new Map() };
      const mark = `@@${randomBytes(8).toString('hex')} `;
      try {
        const host = await open(address, signal);
        const answer = await host.run(script(paths, mark), { signal, deadlineMs: DEADLINE_MS, keepBytes: 1 << 26 });
        const problem = problemOf(answer, mark);
        return problem === null ? { address, ...parse(answer.stdout, mark), problem } : { ...nothing, problem };
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        return { ...nothing, problem: error.message };
      }
    }),
  );
}

/** Why an answer can't be read; null: it is whole. */
function problemOf({ stdout, stderr, ended, code }: RunResult, mark: string): string | null {
  if (ended !== 'exit') return `it did not report what it keeps (${ended})`;
  if (!stdout.includes(`\n${mark}end\n`)) {
    const words = [...stdout.split('\n'), ...stderr.split('\n')].map((line) => line.trim()).find((line) => line !== '');
    return `its answer is not a list of generations (exit code ${code}${words === undefined ? '' : `: ${words.slice(0, WORDS)}`})`;
  }
  const list = stdout.split(`\n${mark}kept\n`)[1]?.split(`\n${mark}`)[0] ?? '';
  return list.trim() !== '' && parseKept(list).length === 0 ? 'its list of generations can not be read' : null;
}

function script({ generations, kept, run, desired }: ReturnType<typeof clusterPaths>, mark: string): string {
  return `show() { printf '\\n%s%s\\n' ${quoteWord(mark)} "$1"; cat -- "$2" 2>/dev/null; }
show run ${quoteWord(run)}
show desired ${quoteWord(desired)}
show kept ${quoteWord(kept)}
for folder in ${quoteWord(generations)}/*/; do show image "\${folder}image"; show record "\${folder}desired.json"; done
show end /dev/null`;
}

function parse(said: string, mark: string): Pick<HostKept, 'kept' | 'run' | 'desired' | 'records'> {
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
  return {
    kept: parseKept(named('kept')[0]),
    run: parseRunFact(named('run')[0]),
    desired: parseDesiredRecord(named('desired')[0]),
    records,
  };
}

function formerRecord(text: string): KeptRecord | null {
  const record = parseLoosely(text, KeptRecordFormat1Shape);
  return record && fromFormat1(record);
}

/** Folder of what a host keeps of a generation. */
export function keptFolder({ statePath, name }: Deployment, generation: string): string {
  return `${clusterPaths(statePath, name).generations}/${keptName(generation)}`;
}
