import { randomBytes } from 'node:crypto';
import template from '../../templates/probe.sh';
import type { DieHealth } from '../accelerators/accelerator.ts';
import { acceleratorOf } from '../accelerators/index.ts';
import type { AcceleratorName } from '../deployment/deployment.ts';
import { body, splitSections } from '../shell/sections.ts';
import type { RemoteHost } from '../transport/host.ts';

/** Of the driver; the rest of the deadline is for the way. */
const PATIENCE_S = 3;
const DEADLINE_MS = 4_000;

/** How the dies of a host are, by its driver; null: it did not answer in time, or there is nothing to ask. @throws TransportError */
export async function probeDies(
  host: RemoteHost,
  accelerator: AcceleratorName,
  signal: AbortSignal,
): Promise<readonly DieHealth[] | null> {
  const { health } = acceleratorOf(accelerator);
  if (health === undefined) return null;
  const nonce = randomBytes(8).toString('hex');
  const variables = `nonce=${nonce} patience=${PATIENCE_S} die_variable=`;
  const script = [variables, template, health.functions, 'die_health'].join('\n');
  const { stdout, code } = await host.run(script, { deadlineMs: DEADLINE_MS, letGoMs: 200, signal });
  return code === 0 ? health.parse(body(splitSections(stdout, nonce), 'die-health')) : null;
}
