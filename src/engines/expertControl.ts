import type { RoleSettings } from '../deployment/deployment.ts';
import type { Fault } from '../deployment/fault.ts';
import type { PatternKind, PlacementCodec, WindowCodec } from '../placement/index.ts';
import type { Instance } from '../topology/topology.ts';
import type { LiveSwap } from './liveSwap.ts';

/** How an engine places experts, counts their tokens and takes another placement. Without it an engine can't be balanced. */
export interface ExpertControl {
  /** Of the file that {@link install} puts in service. */
  readonly codec: PlacementCodec;
  /** Null: the engine can't count tokens by expert. */
  readonly recorded: RecordedLoads | null;
  /** Absent: it takes another placement only by a restart. */
  readonly live?: LiveSwap;
  placed(settings: RoleSettings): PlacedExperts;
  /** Ranks that hold routed experts. */
  ranks(instance: Instance, settings: RoleSettings): number;
  /** The setting under which experts are in place and stay there until a file is installed. */
  readonly fixed: SettingChange;
  /** The setting by which an engine moves experts itself, for messages. */
  readonly dynamicKey: string;
  /** Settings that put a placement in service. @param file relative to the deployment's folder */
  install(file: string): readonly SettingChange[];
  /** The kind of placement that the engine's guideline takes first. */
  guideline(ranks: number): PatternKind;
  /** A warning that loads may be misread, which does not apply where they are read with the installed file. */
  isMisreading(fault: Fault): boolean;
}

/** A key below a role's or a group's settings: `placement.mode`. */
export interface SettingChange {
  readonly key: string;
  readonly value: string | boolean;
}

/** What a role's settings decide about experts. */
export interface PlacedExperts {
  readonly enabled: boolean;
  /** Absolute local path of the installed file; null: the base placement. */
  readonly file: string | null;
  /** The engine moves experts by itself. */
  readonly dynamic: boolean;
  /** MoE layers that take part; null: as many as the model has. */
  readonly layers: number | null;
  /** How the engine shares an expert's tokens among its replicas. */
  readonly split: 'uniform' | 'affine';
  readonly isRecording: boolean;
  /** Folder on the hosts that recorded loads are written to; null: none was named. */
  readonly recordFolder: string | null;
  /** Instances of one size whose `kind` is equal can share a file. */
  readonly kind: string;
}

/** Loads as the engine records them: at each start a folder named by the time, in it a file per window. */
export interface RecordedLoads {
  /** From one window to the next, s. */
  readonly windowS: number;
  /** The rank of an instance whose node writes them. */
  rank(settings: RoleSettings): number;
  /** Settings that switch recording on. */
  readonly switchOn: readonly SettingChange[];
  /** The same as a user writes it in a deployment file. */
  readonly example: SettingChange;
  readonly codec: WindowCodec;
  /**
   * Shell functions that templates call on a host:
   * `dump_starts` lists the starts in the current folder, in order;
   * `dump_steps` lists the numbers of the windows in the current folder, `dump_file N` prints the file of one;
   * `by_dump_step` sorts NUL-separated `SIZE START/FILE` by these numbers.
   */
  readonly functions: string;
  /** Keys for messages: the one that switches recording on, and the one that names its folder. */
  readonly key: string;
  readonly folderKey: string;
}
