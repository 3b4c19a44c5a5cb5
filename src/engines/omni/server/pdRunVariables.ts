import type { Dialect } from '../dialect/dialect.ts';

/** Values in pd_run.sh's defaults that it takes for none. */
const NONE: ReadonlySet<string> = new Set(['', 'null']);

/** Flag of pd_run.sh by which a variable of the environment gets past it; null: it has none, or does not touch the variable. */
export function flagOfVariable({ variables, flags }: Dialect, name: string): string | null {
  const flag = variables[name]?.flag ?? null;
  return flag !== null && flags['pd_run.sh']?.includes(flag) ? flag : null;
}

/** What pd_run.sh exports when it gets these arguments: for processes that it doesn't start. */
export function pdRunExports(dialect: Dialect, args: readonly (readonly [string, string])[]): Record<string, string> {
  const given = new Map(args);
  return Object.fromEntries(
    Object.entries(dialect.variables).flatMap(([name, { flag, value, exported }]) => {
      const set = (flag === null ? undefined : given.get(flag)) ?? value;
      return exported && set !== null && !NONE.has(set) ? [[name, set]] : [];
    }),
  );
}
