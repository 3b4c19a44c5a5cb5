import type { DialectFacts, Facts, ImageTexts, ReachedHost } from '../facts/facts.ts';
import type { LocalInputs } from './inputs.ts';

/** How an engine's code shows what it accepts: which flags its scripts have, and what they do. */
export interface DialectReader {
  /** The engine's code in an image, or where the synced code is mounted. */
  readonly folder: string;
  /** The same on this machine, where it is synced over that of the image; null: the image's is used. */
  readonly tree: string | null;
  /** Files that show the dialect, relative to it. */
  readonly files: readonly string[];
  /** null: this is not the engine's code. */
  parse(texts: ImageTexts): DialectFacts['accepts'];
  /** What `parse` gave, in a few words; null: that is not what `parse` gives. */
  describe(accepts: DialectFacts['accepts']): string | null;
  /** What is assumed of code that was not read, in the same words. */
  readonly assumed: string;
}

/** What start scripts are written for. */
export interface UsedDialect {
  /** In a few words. */
  readonly name: string;
  /** Image id, or `code` and its digest; null: nothing was read, so it is assumed. */
  readonly from: string | null;
  /** In the engine's own terms; null: it is assumed. */
  readonly accepts: DialectFacts['accepts'];
}

/** That of the synced code, else of the first host that shows one: a deployment has one image. */
export function usedDialect(reader: DialectReader, inputs: LocalInputs, facts: Facts): UsedDialect {
  const ofHosts = Object.values(facts).map((host) => (host.reachable ? host.dialect : undefined));
  for (const found of [codeDialect(reader, inputs), ...ofHosts]) {
    const name = reader.describe(found?.accepts ?? null);
    if (found && name !== null) return { name, from: found.from, accepts: found.accepts };
  }
  return { name: reader.assumed, from: null, accepts: null };
}

/** For a sentence: `OmniInfer 0.6.0, read from sha256:…`. */
export function dialectWords({ name, from }: UsedDialect): string {
  return from === null ? `${name}, which is assumed: neither an image nor code was read` : `${name}, read from ${from}`;
}

/** Does this host's fact show what its code accepts? */
export function isRead(reader: DialectReader, host: ReachedHost): boolean {
  return reader.describe(host.dialect?.accepts ?? null) !== null;
}

/** Of the code that is synced from this machine; null: none is, or it is not here. */
export function codeDialect(reader: DialectReader, inputs: LocalInputs): DialectFacts | null {
  const { tree, files } = reader;
  if (tree === null) return null;
  const texts = files.flatMap((file) => {
    const bytes = inputs.bytes[`${tree}/${file}`] ?? null;
    return bytes === null ? [] : [[file, Buffer.from(bytes).toString()] as const];
  });
  if (texts.length === 0) return null;
  const digest = inputs.trees[tree] ?? null;
  return dialectFacts(reader, digest === null ? 'code' : `code ${digest}`, Object.fromEntries(texts));
}

/** What `texts` of the code called `from` show. */
export function dialectFacts(reader: DialectReader, from: string, texts: ImageTexts): DialectFacts {
  const accepts = reader.parse(texts);
  if (accepts !== null) return { from, state: 'read', problem: null, accepts };
  const problem = `${reader.folder}/${reader.files[0]} does not exist`;
  return { from, state: 'absent', problem, accepts };
}
