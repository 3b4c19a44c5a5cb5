import { size } from '../../files/sizes.ts';
import { plural } from '../../report/plural.ts';
import { printable } from '../../report/printable.ts';

/** What a fetch brought from one place, as it is shown. */
export interface ShownFetch {
  /** `d0`, `P0` */
  readonly of: string;
  readonly host: string;
  /** Here. */
  readonly into: string;
  readonly result: {
    readonly numFiles: number;
    readonly bytes: number;
    readonly numKept: number;
    readonly notes: readonly string[];
    /** What is not to be trusted. */
    readonly problems: readonly string[];
  } | null;
  readonly problem: string | null;
}

const SHOWN_PROBLEMS = 10;

export function fetchedText(fetches: readonly ShownFetch[]): string {
  return fetches
    .flatMap(({ of, host, into, result, problem }) => {
      if (result === null) return [`x ${of} ${host}: ${printable(problem ?? 'nothing came')}`];
      const { numFiles, bytes, numKept, notes, problems } = result;
      const kept = numKept === 0 ? '' : `, ${numKept} of them here before`;
      const more = problems.length - SHOWN_PROBLEMS;
      return [
        `${problems.length === 0 ? '+' : '!'} ${of} ${host}: ${plural(numFiles, 'file')}, ${size(bytes)}${kept}, in ${into}`,
        ...notes.map((note) => `    ${printable(note)}`),
        ...problems.slice(0, SHOWN_PROBLEMS).map((one) => `    problem: ${printable(one)}`),
        ...(more > 0 ? [`    and ${plural(more, 'more problem')}; manifest.json has all`] : []),
      ];
    })
    .join('\n');
}
