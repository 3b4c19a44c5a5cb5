/**
 * What chrome://tracing and Perfetto ask of a file in the trace event format ("Trace Event Format", JSON object form), and a
 * reader of it: known phases with the fields each needs, microseconds, whole numbers for processes and rows, slices of a row
 * apart or one within the other, every process and row named once.
 * @returns what is wrong with `text`, a line each
 */
export function brokenRules(text: string): string[] {
  const trace = JSON.parse(text) as { traceEvents?: unknown; displayTimeUnit?: unknown };
  if (!Array.isArray(trace.traceEvents)) return ['traceEvents is no list'];
  const events = trace.traceEvents as Record<string, unknown>[];
  return [
    ...(trace.displayTimeUnit === 'ms' || trace.displayTimeUnit === 'ns'
      ? []
      : ['displayTimeUnit is neither ms nor ns']),
    ...events.flatMap((event) => brokenFields(event).map((what) => `${what}: ${JSON.stringify(event)}`)),
    ...brokenRows(events.filter(({ ph }) => ph === 'X') as unknown as Slice[]),
    ...brokenNames(events),
    ...brokenCounters(events),
  ];
}

interface Slice {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
}

function brokenFields(event: Record<string, unknown>): string[] {
  const { name, ph, pid, tid, ts, dur, s, args, cat } = event;
  const whole = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
  const wrong: string[] = [];
  if (typeof name !== 'string' || name === '') wrong.push('no name');
  if (!whole(pid)) wrong.push('pid');
  if (ph !== 'C' && !whole(tid)) wrong.push('tid');
  if (cat !== undefined && typeof cat !== 'string') wrong.push('cat');
  if (args !== undefined && (typeof args !== 'object' || args === null || Array.isArray(args))) wrong.push('args');
  if (ph !== 'M' && !whole(ts)) wrong.push('ts');
  if (ph === 'X' && !whole(dur)) wrong.push('dur');
  if (ph === 'i' && s !== 'g' && s !== 'p' && s !== 't') wrong.push('scope');
  if (!['X', 'M', 'C', 'i'].includes(String(ph))) wrong.push('phase');
  return wrong;
}

/** A slice that begins within another and ends after it can't be drawn. */
function brokenRows(slices: readonly Slice[]): string[] {
  const rows = new Map<string, Slice[]>();
  for (const slice of slices) {
    const key = `${slice.pid}/${slice.tid}`;
    rows.set(key, [...(rows.get(key) ?? []), slice]);
  }
  return [...rows].flatMap(([row, all]) => {
    const open: number[] = [];
    return all
      .sort((a, b) => a.ts - b.ts || b.dur - a.dur)
      .flatMap(({ name, ts, dur }) => {
        while (open.length > 0 && open.at(-1)! <= ts) open.pop();
        const crosses = open.length > 0 && open.at(-1)! < ts + dur;
        open.push(ts + dur);
        return crosses ? [`${name} crosses the end of another slice of row ${row}`] : [];
      });
  });
}

function brokenNames(events: readonly Record<string, unknown>[]): string[] {
  const named = (what: string, key: (event: Record<string, unknown>) => string) =>
    events.filter(({ ph, name }) => ph === 'M' && name === what).map(key);
  const process = ({ pid }: Record<string, unknown>) => String(pid);
  const row = ({ pid, tid }: Record<string, unknown>) => `${pid}/${tid}`;
  const [processes, rows] = [named('process_name', process), named('thread_name', row)];
  const real = events.filter(({ ph }) => ph !== 'M');
  return [
    ...events
      .filter(({ ph, args }) => ph === 'M' && typeof (args as { name?: unknown } | undefined)?.name !== 'string')
      .map((event) => `no args.name: ${JSON.stringify(event)}`),
    ...twice(processes).map((pid) => `process ${pid} is named twice`),
    ...twice(rows).map((key) => `row ${key} is named twice`),
    ...[...new Set(real.map(process))]
      .filter((pid) => !processes.includes(pid))
      .map((pid) => `process ${pid} has no name`),
    ...[...new Set(real.filter(({ ph }) => ph !== 'C').map(row))]
      .filter((key) => !rows.includes(key))
      .map((key) => `row ${key} has no name`),
  ];
}

/** Each value of a counter is a number, and its samples come in the order of time. */
function brokenCounters(events: readonly Record<string, unknown>[]): string[] {
  const last = new Map<string, number>();
  return events
    .filter(({ ph }) => ph === 'C')
    .flatMap(({ name, pid, ts, args }) => {
      const values = Object.values((args ?? {}) as Record<string, unknown>);
      const key = `${pid} ${name}`;
      const isLate = (last.get(key) ?? 0) <= Number(ts);
      last.set(key, Number(ts));
      const wrong = values.length === 0 || values.some((value) => typeof value !== 'number');
      return [...(wrong ? [`counter ${key} without numbers`] : []), ...(isLate ? [] : [`counter ${key} goes back`])];
    });
}

function twice(keys: readonly string[]): string[] {
  return [...new Set(keys.filter((key, i) => keys.indexOf(key) !== i))];
}
