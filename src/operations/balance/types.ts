import type { Overlay } from '../../balancing/overlay.ts';
import type { BalanceRecord } from '../../balancing/record.ts';
import type { Deployment, ServerRole } from '../../deployment/deployment.ts';
import type { ExitCode } from '../../errors/exitCodes.ts';
import type { PatternKind } from '../../placement/index.ts';
import type { SolverName } from '../pattern/index.ts';
import type { RollOutContext } from './rollOut.ts';

export interface BalanceChoices {
  readonly role: ServerRole | 'all';
  readonly solver: SolverName;
  readonly kind: PatternKind | 'auto';
  readonly seed: number;
  /** share of a step that the experts take */
  readonly expertShare: number;
  /** share of a step that must be saved */
  readonly minGain: number;
  /** windows with load, of each instance, before and after */
  readonly windows: number;
  readonly waitMs: number;
  /** Show what would be gained, and change nothing. */
  readonly check: boolean;
  /** Move what was decided into the deployment file. */
  readonly write: boolean;
}

export interface BalanceContext extends RollOutContext {
  /** Of the deployment, absolute. */
  readonly file: string;
  /** The deployment with an overlay on it. */
  readonly load: (overlay: Overlay) => Promise<Deployment>;
  readonly say: (line: string) => void;
  readonly version: string;
  /** Where dumps are fetched to. */
  readonly dumpFolder: string;
}

/** Its own fields are those of the target that was decided last: the one that failed, where one did. */
export interface BalanceAnswer extends BalanceRecord {
  readonly exitCode: ExitCode;
  readonly targets: readonly BalanceRecord[];
}
