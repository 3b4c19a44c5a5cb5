import type { Deployment, JsonObject } from '../../../deployment/deployment.ts';
import type { NodePaths } from '../../../topology/paths.ts';
import type { ServerNode, Topology } from '../../../topology/topology.ts';
import type { Dialect } from '../dialect/dialect.ts';

/** What a prefill or decode server's start script is made of. */
export interface ServerScriptInput {
  readonly node: ServerNode;
  readonly deployment: Deployment;
  readonly topology: Topology;
  /** Of the code that will run. */
  readonly dialect: Dialect;
  readonly paths: NodePaths;
  readonly interfaceName: string;
  readonly additionalConfig: JsonObject | null;
  /** Of the engine's extra configuration on the host; null: this server has none. */
  readonly extraConfigPath: string | null;
}
