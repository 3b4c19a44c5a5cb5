import type { DesiredFile } from '../engines/desiredFile.ts';
import type { HttpProbe } from '../engines/readiness.ts';
import type { TransferRequest } from '../engines/transferRequest.ts';
import type { Argv } from '../shell/argv.ts';
import type { NodeName } from '../topology/topology.ts';
import type { Tag } from './tags.ts';

/** `run_docker/p0/start` */
export type StepId = `${Tag}/${NodeName}/${string}`;

/** One thing to do on one host, as data: what --check prints is exactly what runs. */
export interface Step {
  readonly id: StepId;
  readonly tag: Tag;
  readonly node: NodeName;
  /** Other nodes that it is done for too; absent: none. */
  readonly alsoFor?: readonly NodeName[];
  readonly host: string;
  /** Imperative, without the node: `start container omniplace_prefill_p0`. */
  readonly title: string;
  /** Why it is in the plan: the difference it mends. */
  readonly because: string;
  /** Steps (of any host) that must have succeeded before; their failure cancels this one. */
  readonly needs: readonly StepId[];
  /** Steps to wait for, however they end. */
  readonly after: readonly StepId[];
  /** Steps of other nodes whose failure cancels this one; unlike `needs`, a selection may leave them out. Absent: none. */
  readonly together?: readonly StepId[];
  /** It undoes what was made for this step, and is skipped once that is done. Absent: it is always run. */
  readonly unless?: StepId;
  /** It takes back what these did, and is run for them even where the run ended before it. Absent: none. */
  readonly takesBack?: readonly StepId[];
  /** Cheap remote test; exit 0: the work is already done (`ok`), 1: it is to do, anything else: `failed: drifted`. */
  readonly guard: Argv | null;
  readonly action: Action;
  readonly deadlineMs: number;
  /** Stops or removes something that runs: `serve` asks before. */
  readonly disruptive: boolean;
}

export type Action =
  | {
      readonly kind: 'exec';
      readonly argv: Argv /** container */;
      readonly in: string | null;
      readonly stdin: string | null;
      /** It leaves all as the plan describes it: done is `ok`, not `changed`. */
      readonly looks?: true;
    }
  | { readonly kind: 'put'; readonly files: readonly DesiredFile[] }
  | {
      readonly kind: 'sync';
      readonly from: string;
      /** `from` is a folder of the host itself. */
      readonly isOnHost?: true;
      readonly to: string;
      readonly marker: string;
      readonly digest: string;
    }
  | {
      readonly kind: 'push' /** local folder */;
      readonly from: string /** on the host */;
      readonly to: string;
    }
  | {
      readonly kind: 'image';
      readonly ref: string /** absolute local path; null: docker pull */;
      readonly archive: string | null;
      /** On the host: where the archive is gathered. */
      readonly folder: string;
    }
  | {
      readonly kind: 'spawn';
      readonly argv: Argv;
      readonly in: string;
      readonly env: Readonly<Record<string, string>>;
      readonly log: string;
      /** Host folder (mounted in the container) where the launcher leaves the exit code as `exit`. */
      readonly runFolder: string;
      readonly identity: Identity;
      readonly ports: BoundPorts;
    }
  | {
      readonly kind: 'wait';
      readonly until: WaitCondition;
      /** What the wait is for, shown while it lasts. */
      readonly showing: string;
      /** Seconds that the last start took; absent: not known. */
      readonly lastS?: number;
    }
  | {
      readonly kind: 'get';
      /** Folder on the host. */
      readonly from: string;
      /** Of the files in it, as the shell matches. */
      readonly names: string;
      /** Absolute local folder. */
      readonly into: string;
    }
  | { readonly kind: 'check'; readonly verdict: 'ok' | 'failed' | 'unreachable'; readonly reason: string }
  | { readonly kind: 'request'; readonly request: CompletionRequest }
  | { readonly kind: 'proof'; readonly request: TransferRequest };

type Placed = Pick<Step, 'node' | 'host' | 'because'> & Partial<Pick<Step, 'alsoFor'>>;
type Made = Pick<Step, 'title' | 'action' | 'deadlineMs'> & Partial<Pick<Step, 'needs' | 'after' | 'disruptive'>>;

/** A step with what most share: it needs nothing, waits for nothing and stops nothing. @param name behind tag and node in its id */
export function stepOf(tag: Tag, name: string, { node, alsoFor, host, because }: Placed, made: Made): Step {
  const { title, needs = [], after = [], action, deadlineMs, disruptive = false } = made;
  const id: StepId = `${tag}/${node}/${name}`;
  const where = { id, tag, node, ...(alsoFor && { alsoFor }), host };
  return { ...where, title, because, needs, after, guard: null, action, deadlineMs, disruptive };
}

/** Steps whose failure cancels this one. */
export function conditionsOf({ needs, together = [] }: Step): readonly StepId[] {
  return [...needs, ...together];
}

/** A command on the host, or in its container `in`. */
export function execOf(argv: Argv, container: string | null = null, stdin: string | null = null) {
  return { kind: 'exec', argv, in: container, stdin } as const;
}

/** What a server binds: a start waits until it can. */
export interface BoundPorts {
  /** Without SO_REUSEADDR: what is left of earlier connections is waited for. */
  readonly exclusive: readonly number[];
  /** With it: only a listener is in the way. */
  readonly reused: readonly number[];
  /** A listener ends it at once. */
  readonly waitMs: number;
}

/** How a spawned process is known again: environment markers, read back from /proc. */
export interface Identity {
  /** OMNIPLACE_NODE: `<cluster>/<node>` */
  readonly node: string;
  /** OMNIPLACE_GENERATION */
  readonly generation: string;
}

export interface WaitCondition {
  /** Each must answer 200. */
  readonly probes: readonly HttpProbe[];
  /** Each must be bound on the host. */
  readonly ports: readonly number[];
  /** File that must be there; null: none. */
  readonly joined: string | null;
  /** The process that must stay alive meanwhile. */
  readonly process: Identity;
  /** Where the launcher leaves `exit`. */
  readonly runFolder: string;
  /** Their growth, and the processes' CPU time, is progress; their last lines explain a failure. */
  readonly logs: readonly string[];
  readonly noProgressMs: number;
  /** Written (with the generation) once the wait is over; null: none. */
  readonly marker: string | null;
  /** Written (with the seconds that it took) next to it; absent: none. */
  readonly took?: string;
}

/** One completion that must bring a token. */
export interface CompletionRequest {
  readonly port: number;
  /** Who is asked, for messages: `the proxy`. */
  readonly called: string;
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
  /** What a token does not prove, for the message; absent: nothing. */
  readonly unproven?: string;
}

export interface Plan {
  readonly cluster: string;
  /** sha256 over the steps. */
  readonly digest: string;
  /** sha256 over the generations of all nodes. */
  readonly generation: string;
  /** In order of execution; a phase's steps stand together. */
  readonly steps: readonly Step[];
}

export type StepStatus = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable' | 'cancelled';

/** Success and failure have one shape. */
export interface StepResult {
  readonly step: StepId;
  readonly status: StepStatus;
  readonly startedMs: number;
  readonly durationMs: number;
  /** One line of what was found or done. */
  readonly message: string;
  /** Of a command that ran. */
  readonly exitCode: number | null;
  /** The command as it can be typed on the host, secrets redacted. */
  readonly command: string | null;
  /** Last lines of its output. */
  readonly output: readonly string[];
  /** A server answered, but not to a request without its API key. */
  readonly denied?: true;
}
