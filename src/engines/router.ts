import type { ServerRole } from '../deployment/deployment.ts';
import type { Facts, HostFacts } from '../facts/facts.ts';
import type { Argv } from '../shell/argv.ts';
import type { Reasoned } from '../topology/reasoned.ts';
import type { NodeName, PortRange, ProxyNode } from '../topology/topology.ts';
import type { Artifact, ArtifactPaths } from './artifact.ts';
import type { DesiredContainer, Unknown } from './desired.ts';
import type { LocalInputs } from './inputs.ts';
import type { Readiness } from './readiness.ts';

/** The program that passes requests on to a deployment's servers, on a node of its own. A capability is having the member. */
export interface Router {
  readonly node: ProxyNode;
  entrances(): readonly Entrance[];
  /** The instances it passes requests on to, in the topology's order. */
  list(): readonly InstanceEntry[];
  /** Its other values with their reasons, for `explain`. */
  reasons(): Readonly<Record<string, Reasoned>>;
  /** Run in its container, it adds an instance while the router serves. Absent: the router restarts for it. */
  add?(instance: InstanceEntry): Argv;
  /** As {@link add}, for an instance that it should no longer use. */
  remove?(instance: InstanceEntry): Argv;
  /** How one prefill and one decode server are asked without it. Absent: that can't be done. */
  readonly pairs?: PairProtocol;
  /**
   * Run in its container once its artifacts are there and the servers it passes requests on to are ready, it lets the router that
   * serves take them over. A start after it finds that nothing is left to do. Absent: the router restarts for other artifacts.
   */
  readonly reload?: Argv;
  /** Absent: servers that restart while it serves end under their requests. */
  readonly pausing?: Pausing;
  /** Ports it binds. */
  readonly ports: readonly PortRange[];
  /** What a probe must read to compare its artifacts. */
  readonly artifactPaths: ArtifactPaths;
  /** @param of what is known of its host; absent: nothing */
  container(of?: HostFacts): DesiredContainer;
  artifacts(inputs: LocalInputs, facts: Facts): RouterArtifacts;
  /** Run in its container, by the spawn action. */
  readonly start: Argv;
  /** Run in its container, it ends the router and all it started. */
  readonly stop: Argv;
  /** Absolute paths, the launcher's first. */
  readonly logs: readonly string[];
  readonly readiness: Readiness;
}

/** What a router does with a completion, for one prefill and one decode server. */
export interface PairProtocol {
  /**
   * Further keys of the request's body for the prefill server, which answers in one piece. The decode server gets the
   * `kv_transfer_params` of that answer.
   */
  readonly prefill: Readonly<Record<string, unknown>>;
  /**
   * Ports where prefill servers, by `ip:port` of their API, answer which engines they have: the two servers get a name of the transfer in advance.
   * Absent: decode gets what prefill's answer contains.
   */
  readonly bootstrapPorts?: Readonly<Record<string, number>>;
}

/** How a router leaves out servers that restart while it serves. */
export interface Pausing {
  /** Run in its container: it sends no requests to these servers, `ip:port` each, and closes its connections to them. */
  pause(servers: readonly string[]): Argv;
  /** Run in its container: it sends requests to all of its servers. */
  readonly resume: Argv;
  /** File on its host, there while servers are left out; a probe reads it. */
  readonly marker: string;
}

/** An address that clients send their requests to. */
export interface Entrance {
  readonly node: NodeName;
  readonly host: string;
  readonly port: number;
  /** For messages: `the proxy`. */
  readonly called: string;
  /** Why a completion from there is asked for. */
  readonly because: string;
}

/** An instance in the list of a router. */
export interface InstanceEntry {
  readonly master: NodeName;
  readonly role: ServerRole;
  /** `ip:port` of each of its API servers that gets requests. */
  readonly servers: readonly string[];
  /** Why it is these servers; the same for all instances of a role. */
  readonly because: string;
}

export interface RouterArtifacts {
  /** In an order that stays: the generation counts them in it. null: one that this deployment does without. */
  readonly artifacts: readonly (Artifact | null)[];
  readonly unknown: readonly Unknown[];
}
