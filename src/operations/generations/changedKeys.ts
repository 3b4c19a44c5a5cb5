import { relative } from 'node:path';
import type { Deployment } from '../../deployment/deployment.ts';
import { keyChanges, keyChangeText } from '../../deployment/keyChanges.ts';
import type { LocalInputs } from '../../engines/inputs.ts';
import { shortDigest } from '../../files/digests.ts';
import type { DesiredRecord } from '../../state/desiredRecord.ts';

/** What a deployment changes against what hosts should run: keys first, then local files. Null: that is not known. */
export function changedKeys(
  before: Pick<DesiredRecord, 'document' | 'inputs'>,
  { source }: Pick<Deployment, 'source'>,
  inputs: DesiredRecord['inputs'],
): readonly string[] | null {
  if (before.document === null || source === undefined) return null;
  const keys = keyChanges(before.document as never, source.document).map(keyChangeText);
  const files = Object.entries(inputs).flatMap(([path, digest]) => {
    const old = before.inputs[path];
    // another name is a changed key
    return old === undefined || old === digest
      ? []
      : [`contents of ${path} ${shortDigest(old)} -> ${shortDigest(digest)}`];
  });
  return [...keys, ...files];
}

/** Digests of local files and folders, by their path from the deployment file: the same on every controller. */
export function inputDigests(
  { directory }: Pick<Deployment, 'directory'>,
  { files, trees }: LocalInputs,
): DesiredRecord['inputs'] {
  const digests = [
    ...Object.entries(files).map(([path, found]) => [path, found?.sha256] as const),
    ...Object.entries(trees).map(([path, found]) => [path, found ?? undefined] as const),
  ];
  return Object.fromEntries(
    digests.flatMap(([path, digest]) => (digest === undefined ? [] : [[relative(directory, path) || '.', digest]])),
  );
}
