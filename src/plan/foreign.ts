import type { PortsOf } from '../engines/boundPorts.ts';
import type { DesiredNode } from '../engines/desired.ts';
import type { ContainerFacts, Facts, ReachedHost } from '../facts/facts.ts';
import type { NodeName, Topology } from '../topology/topology.ts';
import { globMatches } from './glob.ts';

/** A container that is not this cluster's, and what it has that a node of ours needs. */
export interface ForeignContainer {
  readonly container: ContainerFacts;
  /** The node whose container is to have its name. */
  readonly nameOf: NodeName | null;
  readonly dies: readonly { readonly die: number; readonly node: NodeName }[];
  readonly ports: readonly { readonly port: number; readonly node: NodeName; readonly purpose: string }[];
}

/** Foreign containers of a host that stand in the way. */
export function foreignInTheWay(
  topology: Topology,
  found: ReachedHost,
  nodes: readonly DesiredNode[],
  portsOf: PortsOf,
): readonly ForeignContainer[] {
  const here = topology.nodes.filter((node) => node.host === found.address);
  const dieOf = new Map(
    here.flatMap((node) => (node.role === 'proxy' ? [] : node.dies.map((die) => [die, node.name] as const))),
  );
  const ranges = here.flatMap((node) => portsOf(node));
  return found.docker.containers
    .filter((container) => !isOfCluster(container, topology, nodes))
    .map((container) => {
      const { ports, dies } = heldBy(container, found);
      return {
        container,
        nameOf: nodes.find((node) => node.container.name === container.name)?.node ?? null,
        dies: dies.flatMap((die) => (dieOf.has(die) ? [{ die, node: dieOf.get(die)! }] : [])),
        ports: ports.flatMap((port) => {
          const range = ranges.find(({ from, to }) => port >= from && port <= to);
          return range ? [{ port, node: range.node, purpose: range.purpose }] : [];
        }),
      };
    })
    .filter(({ nameOf, dies, ports }) => nameOf !== null || dies.length > 0 || ports.length > 0);
}

/** Of this cluster; a container that has the name of one node and the label of another is nobody's. */
function isOfCluster(container: ContainerFacts, topology: Topology, nodes: readonly DesiredNode[]): boolean {
  if (container.labels['omniplace.cluster'] !== topology.cluster) return false;
  const named = nodes.find((node) => node.container.name === container.name);
  return named === undefined || container.labels['omniplace.node'] === named.node;
}

function heldBy(container: ContainerFacts, host: ReachedHost): { ports: readonly number[]; dies: readonly number[] } {
  if (!container.running) return { ports: [], dies: [] };
  const held = host.holdings[container.id] ?? { ports: [], dies: [] };
  return { ports: held.ports, dies: [...new Set([...(container.dies ?? []), ...held.dies])].sort((a, b) => a - b) };
}

/** `serve --take-over`: the containers meant by its words, host by host, and what is wrong with the words. */
export interface TakeOver {
  readonly containers: readonly { readonly host: string; readonly container: ContainerFacts }[];
  readonly problems: readonly string[];
}

/** @param words names of containers, `*` and `?` match */
export function takeOverOf(words: readonly string[], facts: Facts, cluster: string): TakeOver {
  const foreign = Object.values(facts).flatMap((host) =>
    host.reachable
      ? host.docker.containers
          .filter((container) => container.labels['omniplace.cluster'] !== cluster)
          .map((container) => ({ host: host.address, container }))
      : [],
  );
  const matches = (word: string) => foreign.filter(({ container }) => globMatches(word, container.name));
  const names = [...new Set(foreign.map(({ container }) => container.name))].sort();
  const others = names.length === 0 ? 'there is none on these hosts' : `there are ${names.join(', ')}`;
  return {
    containers: foreign
      .filter(({ container }) => words.some((word) => globMatches(word, container.name)))
      // docker's own order is that of their making
      .sort((a, b) => (a.container.name < b.container.name ? -1 : 1)),
    problems: words
      .filter((word) => matches(word).length === 0)
      .map((word) => `--take-over ${word} matches no container that is not this cluster's; ${others}`),
  };
}

/** The facts as they are once these containers are stopped and out of the way. */
export function factsAfter({ containers }: TakeOver, facts: Facts): Facts {
  if (containers.length === 0) return facts;
  const ids = new Set(containers.map(({ container }) => container.id));
  return Object.fromEntries(
    Object.entries(facts).map(([address, host]) => {
      if (!host.reachable) return [address, host];
      const freed = new Set([...ids].flatMap((id) => host.holdings[id]?.ports ?? []));
      return [
        address,
        {
          ...host,
          docker: { ...host.docker, containers: host.docker.containers.filter(({ id }) => !ids.has(id)) },
          listening: host.listening.filter(({ port }) => !freed.has(port)),
        },
      ];
    }),
  );
}
