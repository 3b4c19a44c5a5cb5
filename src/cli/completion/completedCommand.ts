/** A command as the manifest has it. */
export interface CompletedCommand {
  /** `lab:up` */
  readonly id: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** What its words may be, besides files. */
  readonly words: CompletedValue;
}

export interface CompletedFlag {
  readonly name: string;
  readonly char: string | null;
  readonly summary: string;
  readonly takesValue: boolean;
  readonly values: CompletedValue;
}

/** Known words, the nodes of the deployment, or null: files only. */
export type CompletedValue = readonly string[] | 'nodes' | null;

/** As much of oclif's manifest as completion needs. */
export interface ManifestCommand {
  readonly id: string;
  readonly hidden?: boolean;
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly usage?: string | string[] | undefined;
  readonly args: Readonly<Record<string, { readonly options?: readonly string[] | undefined }>>;
  readonly flags: Readonly<Record<string, ManifestFlag>>;
}

interface ManifestFlag {
  readonly name: string;
  readonly type: string;
  readonly hidden?: boolean;
  readonly char?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly options?: readonly string[];
}

/** Words that the manifest does not have. */
export interface CompletedWords {
  /** What --only and --skip take. */
  readonly tags: readonly string[];
  /** What --recipe takes. */
  readonly recipes: readonly string[];
}

/** What is completed, from the manifest. */
export function completedCommands(
  manifest: readonly ManifestCommand[],
  program: string,
  { tags, recipes }: CompletedWords,
): readonly CompletedCommand[] {
  const named = (text: string) => text.replaceAll('<%= config.bin %>', program);
  const valuesOf = ({ name, options }: ManifestFlag): CompletedValue =>
    TAG_FLAGS.has(name) ? tags : NODE_FLAGS.has(name) ? 'nodes' : name === RECIPE_FLAG ? recipes : (options ?? null);
  return manifest
    .filter(({ hidden }) => !hidden)
    .map(({ id, summary, description, usage, args, flags }) => ({
      id,
      summary: named(summary ?? description ?? ''),
      words: /\bNODE\b/.test(String(usage ?? '')) ? ('nodes' as const) : (Object.values(args)[0]?.options ?? null),
      flags: Object.values(flags)
        .filter((flag) => !flag.hidden)
        .map((flag) => ({
          name: flag.name,
          char: flag.char ?? null,
          summary: named(flag.summary ?? flag.description ?? ''),
          takesValue: flag.type === 'option',
          // a number for history and import, words for runs
          values: flag.type === 'option' && !(flag.name === 'limit' && id === 'history') ? valuesOf(flag) : null,
        })),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const TAG_FLAGS: ReadonlySet<string> = new Set(['only', 'skip', 'start-at']);
const NODE_FLAGS: ReadonlySet<string> = new Set(['limit']);
const RECIPE_FLAG = 'recipe';

/** The words that may follow the words of a command so far: `lab` is followed by `up`. */
export function followingWords(commands: readonly CompletedCommand[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { id } of commands) {
    const words = id.split(':');
    words.forEach((word, i) => {
      const before = words.slice(0, i).join(' ');
      found.set(before, (found.get(before) ?? new Set()).add(word));
    });
  }
  return new Map([...found].map(([before, words]) => [before, [...words]]));
}
