import type { AcceleratorName } from '../deployment/deployment.ts';
import type { DialectFacts, ImageTexts, MachineFacts } from './facts.gen.ts';

export type * from './facts.gen.ts';

/** Of a machine that nothing was asked. */
export const UNKNOWN_MACHINE: MachineFacts = {
  software: {},
  bootS: null,
  disks: [],
  memoryBytes: null,
  availableBytes: null,
  interfaces: [],
  outgoingPorts: null,
  connectedPorts: [],
  dieNodes: [],
  dieProcesses: null,
  pingsDies: false,
  dockerRoot: null,
  unwritable: [],
};

/** What to ask of a host; the answer has an entry for each. */
export interface ProbeRequest {
  readonly address: string;
  readonly cluster: string;
  readonly accelerator: AcceleratorName;
  readonly images: readonly string[];
  readonly paths: readonly string[];
  /** Folders that a container must be able to read as a whole; absent: none. */
  readonly trees?: readonly string[];
  readonly digests: readonly string[];
  readonly texts: readonly string[];
  readonly freeOf: readonly string[];
  /** Files whose age counts; absent: none does. */
  readonly written?: readonly string[];
  /** Paths whose file systems may fill while servers run; absent: it is of no interest. */
  readonly disks?: readonly string[];
  /** Folders of recorded loads, and the shell functions that list what is in them; null: the engine records none. */
  readonly dumps: { readonly functions: string; readonly folders: readonly string[] } | null;
  /** The synced code, and the file that was written once it was complete; null: none is synced. */
  readonly code: { readonly folder: string; readonly marker: string } | null;
  readonly dies: readonly number[];
  /** That its nodes bind: are there connections from them? */
  readonly ports: readonly number[];
  /** What the code that runs there accepts, if that is known here, or else how an image shows it; absent: it is of no interest. */
  readonly dialect?: DialectFacts | ImageDialect;
}

/** Asked of one host for each image, and only once. */
export interface ImageDialect {
  readonly image: string;
  /** Absolute, in the image. */
  readonly folder: string;
  /** Relative to it. */
  readonly files: readonly string[];
  read(imageId: string, texts: ImageTexts): DialectFacts;
}
