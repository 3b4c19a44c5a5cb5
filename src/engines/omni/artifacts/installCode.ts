import installScript from '../../../../templates/install_code.sh';
import type { Install } from '../../artifact.ts';
import { CODE_FOLDER } from '../hostPaths.ts';
import { WITH_IMAGE_ENV } from '../imageEnv.ts';

/** Synced code as it is to be installed in one container. */
export interface InstalledCode {
  readonly container: string;
  /** Of the code on this machine. */
  readonly digest: string;
  readonly marker: string;
  /** Names of files. */
  readonly wheels: readonly string[];
}

const INSTALL = `
name=$1; marker=$2; line=$3; in_image=$4; install=$5; shift 5
id=$(docker inspect -f '{{.Id}}' "$name") || exit
rm -f "$marker"
docker exec -e OMNIPLACE_LEASH "$name" bash -c "$in_image" bash bash -c "$install" install_code "$@" || exit
mkdir -p "\${marker%/*}" && printf '%s\\n' "$id" "$line" > "$marker"
`;

/** `pip install -e` of the synced code; null: a wheel brings the package, which would be removed by it. */
export function installCode({ container, digest, marker, wheels }: InstalledCode): Install | null {
  const brings = (name: string) => wheels.some((wheel) => wheel.startsWith(`${name}-`));
  if (brings('omni_infer')) return null;
  const line = `code ${digest}`;
  const kept = ['omni_placement', 'vllm'].filter(brings);
  const words = [container, marker, line, WITH_IMAGE_ENV, installScript, CODE_FOLDER, ...kept];
  return {
    kind: 'install',
    what: 'packages of the code',
    by: 'pip',
    title: 'install the code',
    argv: ['sh', '-c', INSTALL.trim(), 'sh', ...words],
    marker,
    lines: [line],
    ofTree: true,
  };
}
