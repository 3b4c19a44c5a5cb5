import { duration } from '../files/durations.ts';
import type { Step, StepId, StepResult } from '../plan/step.ts';
import type { RunEvent } from '../runner/event.ts';
import { sameFailures } from './heldFailures.ts';
import { nodeRow } from './nodeRow.ts';
import { plural } from './plural.ts';
import { oneLine, printable } from './printable.ts';
import { failureLines, hasFailed } from './stepFailure.ts';

/** Of one failure that is the only one of its phase. */
const LAST_LINES = 8;

export interface Room {
  readonly columns: number;
  /** Lines for the nodes of a phase. */
  readonly rows: number;
}

/** What is known of a phase while it works, and how it is shown: a line for each node while it runs, one line once it has ended. */
export class PhaseRows {
  readonly #ended: { readonly step: Step; readonly result: StepResult }[] = [];
  readonly #going = new Map<StepId, { readonly step: Step; text: string }>();
  #startedMs: number | null = null;
  #endedMs: number | null = null;

  constructor(
    private readonly tag: string,
    private readonly steps: readonly Step[],
  ) {}

  take(event: RunEvent): void {
    if (event.kind === 'phase-started') this.#startedMs = event.atMs;
    else if (event.kind === 'phase-ended') this.#endedMs = event.atMs;
    else if (event.kind === 'step-started') this.#going.set(event.step.id, { step: event.step, text: '' });
    else if (event.kind === 'step-progress') this.#say(event.step, event.text);
    else if (event.kind === 'step-output') this.#say(event.step, event.line);
    else if (event.kind === 'step-ended') {
      this.#going.delete(event.step.id);
      this.#ended.push({ step: event.step, result: event.result });
    }
  }

  get hasEnded(): boolean {
    return this.#endedMs !== null;
  }

  /** None of its steps was begun. */
  get wasNotRun(): boolean {
    return this.#startedMs === null;
  }

  get hasFailed(): boolean {
    return this.#ended.some(({ result }) => hasFailed(result.status));
  }

  /** The phase with a line for each node; of many, those that are not done yet. */
  live({ columns, rows }: Room): string {
    const nodes = this.#nodes();
    const lines = nodes.map(({ text }) => text.slice(0, Math.max(10, columns - AROUND)));
    if (nodes.length <= rows) return [this.tag, ...lines].join('\n');
    const shown = [...nodes.keys()].filter((at) => nodes[at]!.state === 'failed' || nodes[at]!.state === 'running');
    const kept = shown.slice(0, Math.max(1, rows - 1));
    const others = nodes.filter((_, at) => !kept.includes(at));
    const count = (state: NodeState) => others.filter((node) => node.state === state).length;
    const words = STATES.flatMap((state) => (count(state) === 0 ? [] : [`${count(state)} ${state}`]));
    return [
      this.tag,
      ...kept.map((at) => lines[at]!),
      `and ${plural(others.length, 'other')}: ${words.join(', ')}`,
    ].join('\n');
  }

  /** One line, as no more is of interest. */
  folded(columns: number): string {
    const count = (status: StepResult['status']) => this.#ended.filter(({ result }) => result.status === status).length;
    const counts = (['changed', 'ok', 'failed', 'unreachable', 'cancelled'] as const).flatMap((status) =>
      count(status) === 0 ? [] : [`${count(status)} ${status}`],
    );
    const hosts = new Set(this.steps.map(({ host }) => host)).size;
    const took = duration((this.#endedMs ?? 0) - (this.#startedMs ?? 0));
    return nodeRow(`${this.tag.padEnd(14)} ${counts.join(', ')} on ${plural(hosts, 'host')}`, took, columns);
  }

  /** The same, and each failure once, with its nodes. */
  failures(columns: number): string {
    const failed = sameFailures(
      this.#ended.filter(({ result }) => hasFailed(result.status)),
      0,
    );
    const lines = failed.flatMap(({ title, message, of }) => {
      const names = of.map(({ step }) => `${step.node} ${step.host}`).join(', ');
      return `${of[0]!.result.status}: ${oneLine(message, Number.POSITIVE_INFINITY)}: ${title} (${names})`;
    });
    const more = failed.length === 1 ? failureLines(failed[0]!.of[0]!.result).slice(-LAST_LINES) : [];
    return [this.folded(columns), ...lines, ...more].join('\n');
  }

  #say(id: StepId, text: string): void {
    const going = this.#going.get(id);
    if (going) going.text = printable(text);
  }

  #nodes(): { readonly state: NodeState; readonly text: string }[] {
    const names = [...new Set(this.steps.map(({ node }) => node))];
    return names.map((name) => {
      const own = this.steps.filter(({ node }) => node === name);
      const head = `${name.padEnd(4)} ${own[0]!.host}`;
      const ended = this.#ended.filter(({ step }) => step.node === name);
      const bad = ended.find(({ result }) => hasFailed(result.status));
      if (bad) return { state: 'failed', text: `${head}  ${bad.result.status}: ${oneLine(bad.result.message)}` };
      const going = [...this.#going.values()].find(({ step }) => step.node === name);
      if (going)
        return { state: 'running', text: `${head}  ${going.step.title}${going.text === '' ? '' : `: ${going.text}`}` };
      return ended.length === own.length
        ? { state: 'done', text: `${head}  done` }
        : { state: 'waiting', text: `${head}  ${own[0]!.title}` };
    });
  }
}

type NodeState = (typeof STATES)[number];
const STATES = ['failed', 'running', 'waiting', 'done'] as const;
/** Indent, sign and what stays free of a terminal's width. */
const AROUND = 8;
