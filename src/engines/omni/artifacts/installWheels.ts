import checkPython from '../../../../templates/check_python.py';
import type { Install } from '../../artifact.ts';
import { WITH_IMAGE_ENV } from '../imageEnv.ts';

export interface DesiredWheel {
  /** Absolute path on the host, as the container sees it too. */
  readonly path: string;
  readonly sha256: string;
}

/**
 * pip treats a wheel of the same version as installed and does nothing, whatever is in it: so --force-reinstall, and the marker
 * holds our own digests. Without --no-deps pip would ask an index, which many clusters can't reach. Python is checked before,
 * what is installed after. Paths of Python are among what images keep in ~/.bashrc.
 */
const INSTALL = `
name=$1; marker=$2; check=$3; in_image=$4; shift 4
id=$(docker inspect -f '{{.Id}}' "$name") || exit
rm -f "$marker"
lines=$id
for pair do
  lines="$lines
\${pair%%=*}  \${pair#*=}"
  shift
  set -- "$@" "\${pair#*=}"
done
docker exec -e OMNIPLACE_LEASH "$name" bash -c "$in_image" bash python3 -c "$check" || exit
docker exec -e OMNIPLACE_LEASH "$name" bash -c "$in_image" bash python3 -m pip install --no-index --no-deps --force-reinstall --disable-pip-version-check --no-warn-script-location --root-user-action ignore "$@" || exit
docker exec -e OMNIPLACE_LEASH "$name" bash -c "$in_image" bash python3 -c "$check" "$@" || exit
mkdir -p "\${marker%/*}" && printf '%s\\n' "$lines" > "$marker"
`;

/** Installs the pushed wheels in a container and marks it on the host. */
export function installWheels(wheels: readonly DesiredWheel[], container: string, marker: string): Install {
  const pairs = wheels.map(({ sha256, path }) => `${sha256}=${path}`);
  return {
    kind: 'install',
    what: 'wheels',
    by: 'pip',
    title: `install ${wheels.length} wheel${wheels.length === 1 ? '' : 's'}`,
    argv: ['sh', '-c', INSTALL.trim(), 'sh', container, marker, checkPython, WITH_IMAGE_ENV, ...pairs],
    marker,
    lines: wheels.map(({ sha256, path }) => `${sha256}  ${path}`),
  };
}
