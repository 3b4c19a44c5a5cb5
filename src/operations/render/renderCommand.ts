import { readFile } from 'node:fs/promises';
import { UserError } from '../../errors/userError.ts';
import type { Facts } from '../../facts/facts.ts';
import { isMap } from '../../files/maps.ts';
import { unreadable } from '../../files/readBytes.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { loadDeployment } from '../session/loadDeployment.ts';
import { readFacts } from '../session/readFacts.ts';
import { factsOfDeviceIps, type RenderManifest, render } from './render.ts';
import { renderedText } from './text.ts';

export interface RenderChoices {
  readonly file: string;
  readonly out: string;
  readonly facts?: string | undefined;
  readonly 'device-ips'?: string | undefined;
  readonly override: readonly string[];
}

export async function renderCommand(
  choices: RenderChoices,
): Promise<{ manifest: RenderManifest; warningsText: string; text: string }> {
  const { deployment, warningsText } = await loadDeployment(choices.file, choices.override);
  const [inputs, facts] = await Promise.all([readLocalInputs(deployment), factsOf(choices)]);
  const manifest = await render(deployment, inputs, facts, choices.out);
  return { manifest, warningsText, text: renderedText(manifest, choices.out) };
}

async function factsOf(choices: RenderChoices): Promise<Facts> {
  const file = choices['device-ips'];
  return file === undefined ? ((await readFacts(choices.facts)) ?? {}) : factsOfDeviceIps(await readDeviceIps(file));
}

async function readDeviceIps(file: string): Promise<Record<string, Record<string, string>>> {
  const fault = (message: string, cause?: unknown) =>
    new UserError('bad_device_ips', `${file}: ${message}`, {
      hint: 'It is JSON of the form {"10.0.0.1": {"0": "172.16.1.0", "1": "172.16.1.1"}}.',
      cause,
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw cause instanceof SyntaxError ? fault('not JSON', cause) : unreadable(file, cause);
  }
  if (!isMap(parsed)) throw fault('not an object of hosts');
  for (const [address, ips] of Object.entries(parsed)) {
    if (!isMap(ips) || !Object.values(ips).every((ip) => typeof ip === 'string')) {
      throw fault(`${address} is not an object of addresses by die`);
    }
  }
  return parsed as Record<string, Record<string, string>>;
}
