import type { Parsed } from '../../src/deployment/parse.ts';
import { readDeployment } from '../../src/engines/readDeployment.ts';

/** A deployment without a fault; tests replace parts of it. Line 1 is `deployment:`. */
export const SOUND = `deployment:
  defaults: {user: root, private_key: ~/.ssh/id}
  prefill:
    group1: {hosts: "10.0.0.1", master_port: 8000, base_api_port: 9000, ascend_rt_visible_devices: "0,1"}
  decode:
    group1: {hosts: "10.0.0.2,10.0.0.3", master_port: 8100, base_api_port: 9100, ascend_rt_visible_devices: "0,1"}
  proxy: {host: "10.0.0.1", listen_port: 7000}
services:
  docker_image: repo/omniinfer:tag
  model_path: /data/model
`;

export function parse(text: string, overrides: readonly string[] = []): Parsed {
  return readDeployment(text, { file: 'c.yml', directory: '/srv/dir', home: '/home/me', overrides });
}

/** Faults as `line:col severity code message | hint`. */
export function faultsOf(text: string, overrides: readonly string[] = []): readonly string[] {
  return parse(text, overrides).faults.map(
    ({ line, col, severity, code, message, hint }) =>
      `${line}:${col} ${severity} ${code} ${message}${hint === null ? '' : ` | ${hint}`}`,
  );
}

/** The sound deployment with one part replaced; fails when the part is not there. */
export function withPart(part: string, by: string): string {
  if (!SOUND.includes(part)) throw new Error(`no ${part} in the sample`);
  return SOUND.replace(part, by);
}
