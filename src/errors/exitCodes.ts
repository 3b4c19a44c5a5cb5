/** The exit codes of all commands. */
export const EXIT = {
  done: 0,
  /** Bad usage or a bad deployment; nothing was touched. */
  usage: 2,
  stepFailed: 3,
  /** Only unreachable hosts failed. */
  unreachable: 4,
  /** Another run holds the cluster's lease. */
  locked: 5,
  /** Deployed, but not serving. */
  notServing: 6,
  rolledBack: 7,
  rollbackFailed: 8,
  /** A bug of ours. */
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
