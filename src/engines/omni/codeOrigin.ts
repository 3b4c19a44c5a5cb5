import originScript from '../../../templates/code_origin.py';
import type { Deployment } from '../../deployment/deployment.ts';
import type { Argv } from '../../shell/argv.ts';
import { CODE_FOLDER } from './hostPaths.ts';
import { withImageEnv } from './imageEnv.ts';
import { omniSettings } from './settings.ts';

/** Packages of the synced code, each with the name of a wheel that would bring another copy of it. */
const SYNCED = { omni: 'omni_infer', vllm: 'vllm' };

/** In the environment that servers get: that decides what Python finds. */
export function codeOrigin(deployment: Deployment): Argv {
  const { codePath, wheels } = omniSettings(deployment);
  const isBrought = (name: string) =>
    wheels.some((wheel) => wheel.slice(wheel.lastIndexOf('/') + 1).startsWith(`${name}-`));
  const synced = Object.entries(SYNCED).flatMap(([name, wheel]) =>
    codePath === null || isBrought(wheel) ? [] : [name],
  );
  return withImageEnv(['python3', '-c', originScript, 'code_origin', CODE_FOLDER, ...synced]);
}
