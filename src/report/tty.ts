import { Listr, ListrLogger, type ListrTask, ProcessOutput } from 'listr2';
import { duration } from '../files/durations.ts';
import type { Step, StepId, StepResult } from '../plan/step.ts';
import type { Emit, RunEvent } from '../runner/event.ts';
import { nodeRow } from './nodeRow.ts';
import { plural } from './plural.ts';
import { oneLine, printable } from './printable.ts';
import { failureLines, hasFailed } from './stepFailure.ts';

/** A live tree of phases and nodes on a terminal, fed only from events. Writes to stderr: stdout is the answer's. */
export function ttyView(): { readonly emit: Emit; readonly finished: () => Promise<void> } {
  let tree: Tree | null = null;
  let probing: Rows | null = null;
  let shown: Promise<unknown> = Promise.resolve();
  const emit: Emit = (event) => {
    if (event.kind === 'probe-started') {
      probing = new Rows();
      const row = probing.row('probe');
      shown = show([{ title: `probe ${plural(event.hosts.length, 'host')}`, task: (_, task) => row.attach(task) }]);
    } else if (event.kind === 'host-probed') {
      probing
        ?.row('probe')
        .say(
          event.problem === null ? `${event.host}: ${duration(event.durationMs)}` : `${event.host}: ${event.problem}`,
        );
    } else if (event.kind === 'run-started') {
      probing?.row('probe').done(null);
      const next = new Tree(event.steps);
      tree = next;
      shown = shown.then(() => show(next.tasks()));
    } else tree?.take(event);
  };
  const finished = async () => {
    probing?.row('probe').done(null);
    tree?.close();
    await shown;
  };
  return { emit, finished };
}

function show(tasks: ListrTask[]): Promise<unknown> {
  const processOutput = new ProcessOutput(process.stderr, process.stderr);
  return new Listr(tasks, {
    exitOnError: false,
    // Ctrl-C is the run's to handle: remote work must end first
    registerSignalListeners: false,
    rendererOptions: {
      collapseSubtasks: false,
      collapseErrors: false,
      formatOutput: 'truncate',
      logger: new ListrLogger({ useIcons: true, processOutput }),
    },
  }).run();
}

/** One row per phase, one below it per node. */
class Tree {
  readonly #rows = new Rows();
  readonly #stepsOf = new Map<string, Step[]>();
  readonly #results = new Map<StepId, StepResult>();
  readonly #stepById: ReadonlyMap<StepId, Step>;

  constructor(private readonly steps: readonly Step[]) {
    this.#stepById = new Map(steps.map((step) => [step.id, step]));
    for (const step of steps) this.#stepsOf.set(keyOf(step), [...(this.#stepsOf.get(keyOf(step)) ?? []), step]);
  }

  tasks(): ListrTask[] {
    const tags = [...new Set(this.steps.map((step) => step.tag))];
    return tags.map((tag) => ({
      title: tag,
      task: (_, task) => {
        const nodes = [...new Set(this.steps.filter((step) => step.tag === tag).map((step) => step.node))];
        return task.newListr(
          nodes.map((node) => ({ title: node, task: (_context, row) => this.#rows.row(`${tag}/${node}`).attach(row) })),
          { concurrent: true, exitOnError: false },
        );
      },
    }));
  }

  take(event: RunEvent): void {
    if (event.kind === 'step-started')
      this.#rows.row(keyOf(event.step)).title(`${event.step.node.padEnd(4)} ${event.step.host}  ${event.step.title}`);
    else if (event.kind === 'step-progress') this.#say(event.step, event.text);
    else if (event.kind === 'step-output') this.#say(event.step, event.line);
    else if (event.kind === 'step-ended') this.#ended(event.step, event.result);
  }

  close(): void {
    this.#rows.closeAll();
  }

  #say(id: StepId, text: string): void {
    const step = this.#stepById.get(id);
    if (step) this.#rows.row(keyOf(step)).say(printable(text));
  }

  #ended(step: Step, result: StepResult): void {
    this.#results.set(step.id, result);
    const siblings = this.#stepsOf.get(keyOf(step)) ?? [];
    if (!siblings.every((sibling) => this.#results.has(sibling.id))) return;
    const results = siblings.flatMap((sibling) => this.#results.get(sibling.id) ?? []);
    const row = this.#rows.row(keyOf(step));
    const bad = results.find((one) => hasFailed(one.status));
    const cancelled = results.find((one) => one.status === 'cancelled');
    const head = `${step.node.padEnd(4)} ${step.host}`;
    if (bad) {
      const title = siblings.find((sibling) => sibling.id === bad.step)?.title ?? bad.step;
      row.title(`${head}  ${title}`);
      row.done(new Error([`${bad.status}: ${oneLine(bad.message)}`, ...failureLines(bad).slice(-8)].join('\n')));
    } else if (cancelled) row.skip(`${head}  ${cancelled.message}`);
    else {
      const took = results.reduce((sum, one) => sum + one.durationMs, 0);
      row.title(
        nodeRow(
          `${head}  ${siblings.length === 1 ? siblings[0]?.title : plural(siblings.length, 'step')}`,
          `${results.at(-1)?.status ?? ''}  ${duration(took)}`,
          // as listr2 has it
          process.stdout.columns ?? 80,
        ),
      );
      row.done(null);
    }
  }
}

function keyOf(step: Step): string {
  return `${step.tag}/${step.node}`;
}

type TaskRow = Parameters<NonNullable<ListrTask['task']>>[1];

/** Rows get text before listr2 has created them: it is kept until then. */
class Rows {
  readonly #rows = new Map<string, Row>();

  row(key: string): Row {
    const row = this.#rows.get(key) ?? new Row();
    this.#rows.set(key, row);
    return row;
  }

  closeAll(): void {
    for (const row of this.#rows.values()) row.done(null);
  }
}

class Row {
  #task: TaskRow | null = null;
  #title: string | null = null;
  #output: string | null = null;
  #skip: string | null = null;
  #end: { error: Error | null } | null = null;
  #settle: (() => void) | null = null;

  attach(task: TaskRow): Promise<void> {
    this.#task = task;
    if (this.#title !== null) task.title = this.#title;
    if (this.#output !== null) task.output = this.#output;
    if (this.#skip !== null) task.skip(this.#skip);
    return new Promise((resolve, reject) => {
      this.#settle = () => (this.#end?.error ? reject(this.#end.error) : resolve());
      if (this.#end) this.#settle();
    });
  }

  title(text: string): void {
    this.#title = text;
    if (this.#task) this.#task.title = text;
  }

  say(text: string): void {
    this.#output = text;
    if (this.#task) this.#task.output = text;
  }

  skip(text: string): void {
    this.#skip = text;
    this.#task?.skip(text);
    this.done(null);
  }

  done(error: Error | null): void {
    if (this.#end) return;
    this.#end = { error };
    this.#settle?.();
  }
}
