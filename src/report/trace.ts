import type { StepResult } from '../plan/step.ts';
import type { RunEvent } from '../runner/event.ts';

/** An entry of the trace event format that chrome://tracing and Perfetto read; times in microseconds. */
export type TraceEvent = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly ph: 'X' | 'M' | 'C' | 'i';
};

/** The run as a picture in time: a process per host, in it a row per node (more where its steps overlap), phases above. */
export function traceOf(events: readonly RunEvent[]): {
  readonly displayTimeUnit: 'ms';
  readonly traceEvents: readonly TraceEvent[];
} {
  const rows = new Rows();
  const slices: TraceEvent[] = [];
  const sent = new Map<string, { sent: number; received: number }>();
  const phases = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'host-probed') {
      const startMs = event.atMs - event.durationMs;
      const args = { problem: event.problem };
      const row = rows.at(event.host, 'host', startMs, event.atMs);
      slices.push(slice({ name: 'probe', cat: 'probe', row, startMs, endMs: event.atMs, args }));
    } else if (event.kind === 'phase-started') phases.set(event.tag, event.atMs);
    else if (event.kind === 'phase-ended') {
      const startMs = phases.get(event.tag) ?? event.atMs;
      const row = rows.at(RUN, 'phases', startMs, event.atMs);
      slices.push(
        slice({ name: event.tag, cat: 'phase', row, startMs, endMs: event.atMs, args: { failedHosts: event.failed } }),
      );
    } else if (event.kind === 'step-ended' && event.result.status !== 'cancelled') {
      const { step, result } = event;
      const endMs = result.startedMs + result.durationMs;
      const { startedMs: startMs } = result;
      const row = rows.at(step.host, step.node, startMs, endMs);
      const args = argsOf(step.because, result);
      slices.push(slice({ name: step.title, cat: step.tag, row, startMs, endMs, args }));
    } else if (event.kind === 'traffic') {
      for (const [host, traffic] of Object.entries(event.hosts)) {
        const total = sent.get(host) ?? { sent: 0, received: 0 };
        total.sent += traffic.bytesSent;
        total.received += traffic.bytesReceived;
        sent.set(host, total);
        slices.push({ name: 'bytes', ph: 'C', pid: rows.process(host), ts: micros(event.atMs), args: { ...total } });
      }
    } else if (event.kind === 'notice') {
      const row = rows.at(RUN, 'notices', event.atMs, event.atMs);
      slices.push({ name: event.text, ph: 'i', s: 'g', ...row, ts: micros(event.atMs) });
    }
  }
  return { displayTimeUnit: 'ms', traceEvents: [...rows.names(), ...slices] };
}

const RUN = 'run';

interface Row {
  readonly pid: number;
  readonly tid: number;
}

/** Slices of one row must not overlap, or viewers nest them into each other: who finds all rows of a node busy gets a new one. */
class Rows {
  readonly #processes = new Map<string, number>();
  readonly #rows: { readonly process: string; readonly name: string; readonly row: Row; busyUntilMs: number }[] = [];

  process(name: string): number {
    const pid = this.#processes.get(name) ?? this.#processes.size + 1;
    this.#processes.set(name, pid);
    return pid;
  }

  at(process: string, name: string, startMs: number, endMs: number): Row {
    const free = this.#rows.find((row) => row.process === process && row.name === name && row.busyUntilMs <= startMs);
    if (free) {
      free.busyUntilMs = endMs;
      return free.row;
    }
    const row = { pid: this.process(process), tid: this.#rows.length + 1 };
    this.#rows.push({ process, name, row, busyUntilMs: endMs });
    return row;
  }

  names(): TraceEvent[] {
    return [
      ...[...this.#processes].map(([name, pid]) => named('process_name', { pid, tid: 0 }, name)),
      ...this.#rows.map(({ name, row }) => named('thread_name', row, name)),
    ];
  }
}

function named(what: 'process_name' | 'thread_name', { pid, tid }: Row, name: string): TraceEvent {
  return { name: what, ph: 'M', pid, tid, args: { name } };
}

interface Slice {
  readonly name: string;
  readonly cat: string;
  readonly row: Row;
  readonly startMs: number;
  readonly endMs: number;
  readonly args: object;
}

function slice({ name, cat, row, startMs, endMs, args }: Slice): TraceEvent {
  return { name, cat, ph: 'X', ...row, ts: micros(startMs), dur: micros(endMs) - micros(startMs), args };
}

function argsOf(because: string, { step, status, message, exitCode, command }: StepResult): object {
  return { step, status, because, message, exitCode, command };
}

function micros(ms: number): number {
  return Math.round(ms * 1000);
}
