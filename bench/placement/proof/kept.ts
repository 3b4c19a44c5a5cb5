import { type Copies, copiesWorthKeeping } from './copies.ts';

/** What a rank keeps of its residents, table by table one resident more. */
export interface Kept {
  /** best worth of so many kept within a load, [residents seen][kept][load] */
  readonly tables: readonly (readonly Float64Array[])[];
  /** copies each may be kept as, [resident] */
  readonly options: Int32Array[];
}

/** Tables to fill for one rank after the other. */
export function emptyKept(slots: number, grid: number): Kept {
  const tables = Array.from({ length: slots + 1 }, (_, seen) =>
    Array.from({ length: seen + 1 }, () => new Float64Array(grid + 1)),
  );
  return { tables, options: [] };
}

/** All residents seen, [kept][load]. */
export function allKept({ tables, options }: Kept): readonly Float64Array[] {
  return tables[options.length]!;
}

export function keepResidents({ tables, options }: Kept, copies: Copies, residents: Int32Array): void {
  options.length = 0;
  for (const expert of new Set(residents)) {
    options.push(copiesWorthKeeping(copies, expert));
    keepOneMore(tables[options.length - 1]!, tables[options.length]!, copies, options.at(-1)!, tables.length - 1);
  }
}

function keepOneMore(
  from: readonly Float64Array[],
  to: readonly Float64Array[],
  copies: Copies,
  options: Int32Array,
  slots: number,
): void {
  for (let kept = 1; kept < to.length; kept++) {
    const target = to[kept]!;
    if (kept < from.length) target.set(from[kept]!);
    else target.fill(-Infinity);
    // a rank that keeps all has no use for what they leave of the cap
    const first = kept === slots ? target.length - 1 : 0;
    for (const option of options) keepAs(from[kept - 1]!, target, copies.load[option]!, copies.worth[option]!, first);
  }
}

function keepAs(from: Float64Array, to: Float64Array, load: number, worth: number, first: number): void {
  for (let at = Math.max(load, first); at < to.length; at++) {
    const sum = from[at - load]! + worth;
    if (sum > to[at]!) to[at] = sum;
  }
}
