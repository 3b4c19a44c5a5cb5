import { Listr, ListrLogger, type ListrTask, ProcessOutput } from 'listr2';
import { duration } from '../files/durations.ts';
import type { Step, StepId } from '../plan/step.ts';
import type { Emit, RunEvent } from '../runner/event.ts';
import { PhaseRows, type Room } from './phaseRows.ts';
import { plural } from './plural.ts';

/** A live list of phases and their nodes on a terminal, fed only from events. Writes to stderr: stdout is the answer's. */
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
      collapseErrors: true,
      // rows are cut to the screen here, but the cause of a failure is not
      formatOutput: 'wrap',
      logger: new ListrLogger({ useIcons: true, processOutput }),
    },
  }).run();
}

/** A row per phase: with its nodes while it works, folded to a line once it has ended. */
class Tree {
  readonly #rows = new Rows();
  readonly #phases: ReadonlyMap<string, PhaseRows>;
  readonly #tagOf: ReadonlyMap<StepId, string>;

  constructor(steps: readonly Step[]) {
    const tags = [...new Set(steps.map((step) => step.tag))];
    this.#phases = new Map(
      tags.map((tag) => [
        tag,
        new PhaseRows(
          tag,
          steps.filter((step) => step.tag === tag),
        ),
      ]),
    );
    this.#tagOf = new Map(steps.map(({ id, tag }) => [id, tag]));
  }

  tasks(): ListrTask[] {
    return [...this.#phases.keys()].map((tag) => ({
      title: tag,
      task: (_, task) => this.#rows.row(tag).attach(task),
    }));
  }

  take(event: RunEvent): void {
    const tag = this.#tagOfEvent(event);
    const phase = tag === undefined ? undefined : this.#phases.get(tag);
    if (tag === undefined || phase === undefined) return;
    phase.take(event);
    const row = this.#rows.row(tag);
    if (!phase.hasEnded) {
      if (!phase.wasNotRun) row.title(phase.live(roomFor(this.#phases.size)));
    } else if (phase.hasFailed) row.done(new Error(phase.failures(columns())));
    else {
      row.title(phase.folded(columns()));
      row.done(null);
    }
  }

  close(): void {
    for (const [tag, phase] of this.#phases) {
      const row = this.#rows.row(tag);
      if (phase.wasNotRun) row.skip(`${tag.padEnd(14)} not run`);
      else if (!phase.hasEnded) row.skip(`${tag.padEnd(14)} not finished`);
    }
    this.#rows.closeAll();
  }

  #tagOfEvent(event: RunEvent): string | undefined {
    switch (event.kind) {
      case 'phase-started':
      case 'phase-ended':
        return event.tag;
      case 'step-started':
      case 'step-ended':
        return event.step.tag;
      case 'step-progress':
      case 'step-output':
        return this.#tagOf.get(event.step);
      default:
        return undefined;
    }
  }
}

/** As listr2 has it. */
function columns(): number {
  return process.stdout.columns ?? 80;
}

/** What the lines of all phases, the probe's and the cursor's leave of the screen. */
function roomFor(numPhases: number): Room {
  return { columns: columns(), rows: Math.max(3, (process.stdout.rows ?? 24) - numPhases - 3) };
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
