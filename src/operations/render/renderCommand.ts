import { UserError } from '../../errors/userError.ts';
import type { Facts } from '../../facts/facts.ts';
import { parseJson, ShapeError } from '../../files/parseJson.ts';
import { readText } from '../../files/readText.ts';
import { readLocalInputs } from '../cluster/localInputs.ts';
import { loadDeployment } from '../session/loadDeployment.ts';
import { readFacts } from '../session/readFacts.ts';
import { type DeviceIps, DeviceIpsShape } from './render.gen.ts';
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

async function readDeviceIps(file: string): Promise<DeviceIps> {
  const text = await readText(file);
  try {
    return parseJson(text, DeviceIpsShape);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new UserError('bad_device_ips', `${file}: ${faultWords(error)}`, {
      hint: 'It is JSON of the form {"10.0.0.1": {"0": "172.16.1.0", "1": "172.16.1.1"}}.',
      cause: error.cause,
    });
  }
}

function faultWords({ faults: [first], message }: ShapeError): string {
  if (first === undefined) return message;
  const [address] = first.keys;
  return address === undefined ? 'not an object of hosts' : `${address} is not an object of addresses by die`;
}
