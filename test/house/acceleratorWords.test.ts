import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const WORDS = /hccn|npu-smi|nvidia-smi|davinci|dcmi|_VISIBLE_DEVICES|\/usr\/local\/(?:Ascend|cuda)/;
/** Folders and files whose subject is an accelerator. */
const OF_ACCELERATORS = /^src\/(?:accelerators|lab)\/|^templates\/(?:lab-|[a-z]+_(?:ascend|cuda)\.sh$)/;
/** All that is left elsewhere, with the reason. */
const LEFT: Readonly<Record<string, readonly [numLines: number, reason: string]>> = {
  'src/commands/exec.ts': [1, 'an example in its help'],
  'src/operations/exec/execCommand.ts': [1, 'an example in a hint, before a deployment is read'],
  'src/imports/ownVariables.ts': [1, "a variable of OmniInfer's own profile files"],
  'src/imports/commandSettings.ts': [2, "variables of OmniInfer's own start commands"],
};

it('only accelerators name the tools, files and variables of a driver', () => {
  const found = [...filesOf('src'), ...filesOf('templates')]
    .filter((path) => !OF_ACCELERATORS.test(path))
    .map((path): [string, number] => [
      path,
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((l) => WORDS.test(l)).length,
    ])
    .filter(([, count]) => count > 0);
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.entries(LEFT).map(([path, [count]]) => [path, count])),
  );
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
