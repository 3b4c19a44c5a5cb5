import { UserError } from '../../errors/userError.ts';
import { PlacementError, type PlacementErrorCode } from '../../placement/index.ts';
import { quoteWord } from '../../shell/quote.ts';

/** The placement engine's refusals are faults of the input; anything else stays what it is. `where`: the file it is of. */
export function asUserError(error: Error, where?: string): Error {
  if (!(error instanceof PlacementError)) return error;
  const said = error.message.replace(/^(slotBudget|capability)\b|\bmaxMoves$/, (option) => FLAGS[option]!);
  const message = where === undefined ? said : `${where}: ${said}`;
  return new UserError(error.code.replaceAll('-', '_'), message, {
    hint: arrayHint(error, where) ?? HINTS[error.code],
    cause: error,
  });
}

/** How to make an array of another type or shape one that is read. */
function arrayHint({ message }: Error, file: string | undefined): string | null {
  if (file === undefined) return null;
  const save = (change: string, options = '') =>
    `Convert it: python3 -c "import numpy, sys; numpy.save('array.npy', numpy.load(sys.argv[1]${options})${change})" ${quoteWord(file)}`;
  if (message.startsWith('dtype |O ')) return save(".astype('f8')", ', allow_pickle=True');
  if (message.startsWith('dtype ')) return save(".astype('f8')");
  return /^a load has shape .*, this file \(\d+\)$/.test(message) ? save('.reshape(LAYERS, -1)') : null;
}

/** Runs `read` and says which file its refusal is of. */
export function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw asUserError(error as Error, file);
  }
}

/** Options that only the engine can judge, as they are called here. */
const FLAGS: Readonly<Record<string, string>> = {
  slotBudget: '--slot-budget',
  capability: '--capability',
  maxMoves: '--max-moves',
};

const HINTS: Readonly<Record<PlacementErrorCode, string>> = {
  'bad-load': 'A load is tokens per layer and expert: a .npy, the pattern tool’s CSV or a folder of dumps.',
  'bad-shape': 'Layers, experts and ranks of everything given must be those of one model on one instance.',
  'too-few-slots': 'Give more --ranks or --slots: every expert needs a slot.',
  'bad-option': 'See the flags with --help.',
  'bad-placement': 'Look at it with: omniplace pattern check FILE',
  'bad-file': 'Copy or make the file anew.',
  infeasible: 'Loosen --max-moves, --max-replicas, --slots or --ranks, or take another solver.',
};
