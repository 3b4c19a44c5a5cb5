import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Positions } from '../../../deployment/positions.ts';
import type { UsedTable } from '../flags/flagTable.ts';
import { vllmSettings } from '../vllmSettings.ts';

/** A version from before the oldest table: what scripts contain may not exist in it. */
export function* checkVersion(deployment: Deployment, used: UsedTable, position: Positions): Generator<Fault> {
  if (!used.isOlder) return;
  const path = vllmSettings(deployment).version === null ? 'services.docker_image' : 'services.vllm_version';
  const oldest = used.table.version;
  yield {
    code: 'engine_value',
    severity: 'warning',
    message: `vLLM ${used.runs} is older than ${oldest}, the oldest that omniplace knows: it may lack arguments that omniplace sets, such as --shutdown-timeout.`,
    hint: `Use an image of ${oldest} or later, or compare what render shows with \`vllm serve --help=all\` in the image.`,
    file: deployment.file,
    path,
    ...position(path),
  };
}
