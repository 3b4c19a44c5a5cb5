import type { Json, JsonObject } from '../deployment/deployment.ts';

/** `kv_transfer_config`: what differs from omniplace's own configuration, and null for what is not there. */
export function otherConnector(written: JsonObject, own: JsonObject): JsonObject {
  const config: Record<string, Json> = {};
  for (const [key, value] of Object.entries(written))
    if (JSON.stringify(own[key]) !== JSON.stringify(value)) config[key] = value;
  for (const key of Object.keys(own)) if (!(key in written)) config[key] = null;
  return Object.keys(config).length === 0 ? {} : { kv_transfer_config: config };
}
