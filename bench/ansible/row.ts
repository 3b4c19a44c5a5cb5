import type { Metered } from './meter.ts';

/** What a run took, and what the hosts took for it (ssh sessions and all they started), in CPU seconds. */
export type Run = Metered & { readonly hostsCpuS: number };

export type Contestant = 'ours' | 'ansible' | 'mitogen' | 'floor';

/** One work: medians of whole processes. Seconds of wall time where nothing else is said. */
export interface Row {
  readonly work: string;
  readonly hosts: number;
  readonly ours: number;
  readonly ansible: number | null;
  readonly mitogen: number | null;
  /** The least any program could do: OpenSSH in parallel; null where that says nothing. */
  readonly floor: number | null;
  /** Ansible's time over ours. */
  readonly ratio: number | null;
  readonly ratioMitogen: number | null;
  /** CPU seconds of the controller's side. */
  readonly cpu: Readonly<Partial<Record<Contestant, number>>>;
  /** CPU seconds of all hosts together. */
  readonly hostsCpu: Readonly<Partial<Record<Contestant, number>>>;
  /** MiB of the controller's side at its peak. */
  readonly memory: Readonly<Partial<Record<Contestant, number>>>;
  readonly bar: string;
  readonly reached: boolean | null;
  /** Wall seconds of every run, in order. */
  readonly runs: Readonly<Partial<Record<Contestant, readonly number[]>>>;
}

export interface Bar {
  readonly ansible?: number;
  readonly mitogen?: number;
  /** Our controller's CPU at most this part of Ansible's. */
  readonly cpu?: number;
  /** Of the floor's speed. */
  readonly floor?: number;
  readonly memoryMb?: number;
}

export function rowOf(work: string, hosts: number, runs: ReadonlyMap<Contestant, readonly Run[]>, bar: Bar): Row {
  const medianOf = (who: Contestant, what: (run: Run) => number): number | null => {
    const all = runs
      .get(who)
      ?.map(what)
      .sort((a, b) => a - b);
    return all?.[all.length >> 1] ?? null;
  };
  const wall = (who: Contestant) => medianOf(who, ({ wallS }) => wallS);
  const each = (what: (run: Run) => number) =>
    Object.fromEntries([...runs.keys()].map((who) => [who, medianOf(who, what)!]));
  const ours = wall('ours')!;
  const [ansible, mitogen, floor] = [wall('ansible'), wall('mitogen'), wall('floor')];
  const cpu = each(({ cpuS }) => cpuS);
  const hostsCpu = each(({ hostsCpuS }) => hostsCpuS);
  const memory = each(({ peakMb }) => peakMb);
  const over = (other: number | null) => (other === null ? null : other / ours);
  const met = [
    atLeast(over(ansible), bar.ansible),
    atLeast(over(mitogen), bar.mitogen),
    atLeast(over(floor), bar.floor),
    atLeast(
      cpu.ansible === undefined ? null : cpu.ansible / cpu.ours!,
      bar.cpu === undefined ? undefined : 1 / bar.cpu,
    ),
    bar.memoryMb === undefined ? null : memory.ours! < bar.memoryMb,
  ].filter((is) => is !== null);
  return {
    work,
    hosts,
    ours,
    ansible,
    mitogen,
    floor,
    ratio: over(ansible),
    ratioMitogen: over(mitogen),
    cpu,
    hostsCpu,
    memory,
    bar: barText(bar),
    reached: met.length === 0 ? null : met.every((is) => is),
    runs: Object.fromEntries([...runs].map(([who, all]) => [who, all.map(({ wallS }) => wallS)])),
  };
}

/** Null: nothing to compare. */
function atLeast(found: number | null, wanted: number | undefined): boolean | null {
  return found === null || wanted === undefined ? null : found >= wanted;
}

function barText(bar: Bar): string {
  return [
    bar.ansible === undefined ? [] : `>= ${bar.ansible}x Ansible`,
    bar.mitogen === undefined ? [] : `>= ${bar.mitogen}x Mitogen`,
    bar.cpu === undefined ? [] : `<= 1/${1 / bar.cpu} of Ansible's CPU`,
    bar.floor === undefined ? [] : `>= ${bar.floor * 100} % of ssh's speed`,
    bar.memoryMb === undefined ? [] : `< ${bar.memoryMb} MiB`,
  ]
    .flat()
    .join(', ');
}
