import { EXIT, type ExitCode } from '../errors/exitCodes.ts';
import { holderText } from './holderText.ts';
import type { Lease } from './leaseFile.ts';
import type { RunFact } from './runFact.ts';

/** Why a run may not begin. Nothing was touched. */
export abstract class LeaseProblem extends Error {
  abstract readonly code: string;
  abstract readonly hint: string;
  abstract readonly exitCode: ExitCode;
}

/** Another run may change the cluster. */
export class LeaseHeld extends LeaseProblem {
  override readonly name = 'LeaseHeld';
  readonly code = 'locked';
  readonly exitCode = EXIT.locked;
  readonly hint: string;

  constructor(
    readonly lease: Lease,
    readonly at: string,
    /** What showed that its owner lives. */
    readonly sign: string,
    cluster: string,
    file: string,
  ) {
    super(`${cluster} is locked by ${holderText(lease)}: ${sign}`);
    this.hint = `Wait for it, or look: omniplace lock status ${file}`;
  }
}

/** A host was changed since it was probed: the plan is for a cluster that no longer exists. */
export class HostsChanged extends LeaseProblem {
  override readonly name = 'HostsChanged';
  readonly code = 'hosts_changed';
  readonly exitCode = EXIT.locked;
  readonly hint = 'Run it again: the plan is made anew.';

  constructor(
    readonly host: string,
    readonly fact: RunFact | null,
  ) {
    super(
      fact === null
        ? `${host} was emptied while this run was planned; nothing was touched.`
        : `${host} was changed by run ${fact.run} (${fact.command} by ${fact.owner}, ${fact.state}) while this one was planned; nothing was touched.`,
    );
  }
}

/** A host could not grant the lease, whether it is held or not. */
export class LeaseFailed extends LeaseProblem {
  override readonly name = 'LeaseFailed';
  readonly code = 'no_lease';

  constructor(
    readonly host: string,
    reason: string,
    readonly hint: string,
    /** `unreachable`: the host can't be reached any more. */
    readonly exitCode: ExitCode = EXIT.stepFailed,
  ) {
    super(`The lease could not be taken on ${host}: ${reason}`);
  }
}

/** A script of ours found another's lease on its host: this run has to stop. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  readonly code = 'lease_lost';
  readonly hint = null;

  constructor(
    readonly host: string,
    lease: Lease | null,
  ) {
    super(
      lease === null
        ? `the lease of this run is gone from ${host}: it was released by hand, or taken over by a run that has ended`
        : `the lease of this run was taken over on ${host} by ${holderText(lease)}`,
    );
  }
}
