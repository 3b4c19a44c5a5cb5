import type { Emit, RunEvent, Traffic } from '../../runner/event.ts';
import type { RemoteHost } from '../../transport/host.ts';

/** Passes events on, and tells with the end of the probe and of each phase what went over the wire meanwhile. */
export function withTraffic(emit: Emit, hosts: () => readonly RemoteHost[]): Emit {
  const before = new Map<string, Traffic>();
  let toProbe = 0;
  const tell = (during: Extract<RunEvent, { kind: 'traffic' }>['during'], atMs: number): void => {
    const since: Record<string, Traffic> = {};
    for (const { address, meter } of hosts()) {
      const gone = difference(meter, before.get(address));
      before.set(address, { ...meter });
      if (gone.roundTrips + gone.bytesSent + gone.bytesReceived > 0) since[address] = gone;
    }
    if (Object.keys(since).length > 0) emit({ kind: 'traffic', atMs, during, hosts: since });
  };
  return (event) => {
    // what a run does between its probe and its first phase, and after its last, is about its lease
    if (event.kind === 'run-started' || event.kind === 'run-ended') tell('lease', event.atMs);
    emit(event);
    if (event.kind === 'probe-started') toProbe = event.hosts.length;
    else if (event.kind === 'host-probed') {
      toProbe -= 1;
      if (toProbe === 0) tell('probe', event.atMs);
    } else if (event.kind === 'phase-ended') tell(event.tag, event.atMs);
  };
}

function difference(now: Traffic, before: Traffic | undefined): Traffic {
  return {
    roundTrips: now.roundTrips - (before?.roundTrips ?? 0),
    bytesSent: now.bytesSent - (before?.bytesSent ?? 0),
    bytesReceived: now.bytesReceived - (before?.bytesReceived ?? 0),
  };
}
