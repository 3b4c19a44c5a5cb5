import type { Action, Step, StepStatus } from '../../plan/step.ts';
import type { OpenHost, RemoteHost } from '../../transport/host.ts';
import type { Transfers } from '../../transport/large/transfers.ts';

/** How a step ended, before the runner adds its times. */
export interface Outcome {
  readonly status: StepStatus;
  /** One line of what was found or done. */
  readonly message: string;
  readonly exitCode?: number | null;
  readonly command?: string | null;
  /** Last lines, for a failure. */
  readonly output?: readonly string[];
  /** A server answered, but not to a request without its API key. */
  readonly denied?: true;
}

/** What a running action may use. */
export interface ActionContext {
  readonly signal: AbortSignal;
  /** Reports how far a step is. */
  readonly progress: (text: string, fraction?: number | null) => void;
  readonly output: (line: string) => void;
  readonly transfers: Transfers;
  /** Opens hosts, also others than the step's. */
  readonly open: OpenHost;
  /** The key that requests to servers carry; null: none. */
  readonly apiKey: () => Promise<string | null>;
}

export type StepOf<K extends Action['kind']> = Step & { readonly action: Extract<Action, { kind: K }> };

/** The ways an action can be carried out; the runner uses these and no action by name. */
export type ActionRunner<K extends Action['kind']> =
  /** A piece of shell, fused with others of its host into one round trip. */
  | {
      readonly how: 'batch';
      readonly script: (step: StepOf<K>) => string;
      readonly command: (step: StepOf<K>) => string;
      /** Its lines report how far it is, and are shown as that too. */
      readonly printsProgress?: true;
    }
  /** Several steps of a host in one go: one outcome for each. */
  | {
      readonly how: 'merged';
      readonly run: (
        steps: readonly StepOf<K>[],
        host: RemoteHost,
        context: ActionContext,
      ) => Promise<readonly Outcome[]>;
    }
  | {
      readonly how: 'alone';
      /** For an action that ends itself at the step's deadline: how long it may take after it to gather why. */
      readonly lastWordsMs?: number;
      readonly run: (step: StepOf<K>, host: RemoteHost, context: ActionContext) => Promise<Outcome>;
    }
  /** Needs no host. */
  | { readonly how: 'here'; readonly run: (step: StepOf<K>) => Outcome };
