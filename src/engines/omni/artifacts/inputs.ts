import type { Deployment } from '../../../deployment/deployment.ts';
import type { InputRequest, LocalPathUse } from '../../inputs.ts';
import { DIALECT_FILES } from '../dialect/dialectFiles.ts';
import { omniRoleSettings, omniSettings } from '../settings.ts';

/** `services.code_path` contains OmniInfer's tree under this name. */
const TREE = 'omniinfer';

export const localPaths: Readonly<Record<string, LocalPathUse>> = {
  code: {
    neededBy: ['sync_code'],
    contains: TREE,
    // put there by hand: without it wheels can't be built, nor vLLM installed
    shouldContain: {
      path: `${TREE}/infer_engines/vllm`,
      hint: 'Clone vllm v0.9.0 there, in a folder of that name; images that have vLLM installed do without it.',
    },
  },
  wheel: { neededBy: ['push_config', 'pip_install'], isGlob: true },
  pattern: { neededBy: ['push_config'] },
};

/** Patterns, wheels and the code, of which a few files show what it accepts. */
export function inputs(deployment: Deployment): InputRequest {
  const patterns = patternPathsOf(deployment);
  const tree = codeTree(deployment);
  const dialect = tree === null ? [] : Object.values(DIALECT_FILES).map((file) => `${tree}/${file}`);
  return {
    files: [...patterns, ...omniSettings(deployment).wheels],
    bytes: [...patterns, ...dialect],
    trees: tree === null ? [] : [tree],
  };
}

/** Absolute local folder of the code that hosts get; null: the image's own code is used. */
export function codeTree(deployment: Deployment): string | null {
  const { codePath } = omniSettings(deployment);
  return codePath === null ? null : `${codePath}/${TREE}`;
}

function patternPathsOf(deployment: Deployment): string[] {
  const groups = [...deployment.prefill, ...deployment.decode, ...deployment.mixed];
  const settings = groups.flatMap((group) => [group.settings, ...group.hosts.map((host) => host.settings)]);
  return settings.flatMap((each) => omniRoleSettings(each).placement.patternPath ?? []);
}
