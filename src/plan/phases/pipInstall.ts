import checkPython from '../../../templates/check_python.py';
import type { DesiredNode } from '../../engines/engine.ts';
import type { Argv } from '../../shell/argv.ts';
import { execOf, stepOf } from '../step.ts';
import { changesOfKind, groundOf, type Phase } from './context.ts';

/** Installs the pushed wheels in the container and marks it on the host under the container's id. */
export const pipInstall: Phase = (context) =>
  changesOfKind(context, 'wheels').map(({ change, desired }) =>
    stepOf('pip_install', 'install', change, {
      title: `install ${desired.wheels.length} wheel${desired.wheels.length === 1 ? '' : 's'} in ${desired.container.name}`,
      needs: groundOf(context, change.node, change.host).filter((id) => !id.startsWith('sync_code/')),
      action: execOf(installArgv(desired)),
      deadlineMs: 20 * 60_000,
    }),
  );

/**
 * pip calls a wheel of the same version installed and does nothing, whatever is in it: so --force-reinstall, and the marker
 * holds our own digests. Without --no-deps pip would ask an index, which many clusters can't reach. Python is checked before,
 * what is installed after.
 */
const INSTALL = `
name=$1; marker=$2; check=$3; shift 3
id=$(docker inspect -f '{{.Id}}' "$name") || exit
rm -f "$marker"
lines=$id
for pair do
  lines="$lines
\${pair%%=*}  \${pair#*=}"
  shift
  set -- "$@" "\${pair#*=}"
done
docker exec -e OMNIPLACE_LEASH "$name" python3 -c "$check" || exit
docker exec -e OMNIPLACE_LEASH "$name" python3 -m pip install --no-index --no-deps --force-reinstall --disable-pip-version-check --no-warn-script-location --root-user-action ignore "$@" || exit
docker exec -e OMNIPLACE_LEASH "$name" python3 -c "$check" "$@" || exit
mkdir -p "\${marker%/*}" && printf '%s\\n' "$lines" > "$marker"
`;

function installArgv(node: DesiredNode): Argv {
  const pairs = node.wheels.map((wheel) => `${wheel.sha256}=${wheel.path}`);
  return ['sh', '-c', INSTALL.trim(), 'sh', node.container.name, node.paths.wheelsMarker, checkPython, ...pairs];
}
