import type { Argv } from '../../shell/argv.ts';

/** Looks at the label once more, on the host: between plan and run somebody may have put another container there. */
export function removeOurs(container: string, cluster: string): Argv {
  const script = `owner=$(docker inspect -f '{{index .Config.Labels "omniplace.cluster"}}' "$1") || exit
[ "$owner" = "$2" ] || { echo "container $1 is not of cluster $2: left alone" >&2; exit 1; }
docker rm -f "$1"`;
  return ['sh', '-c', script, 'sh', container, cluster];
}

const OWNER = `owner() { docker inspect -f '{{index .Config.Labels "omniplace.cluster"}}' "$1" </dev/null; }`;
const REMOVE_NEXT = `removed() { [ "$(owner "$next" 2>/dev/null)" != "$cluster" ] || docker rm -f "$next" </dev/null >/dev/null; }`;

/** A container under another name than its own; what an earlier run left under that name goes before, and a failed one after it. */
export function createNext(run: Argv, next: string, cluster: string): Argv {
  const script = `next=$1 cluster=$2; shift 2
${OWNER}
${REMOVE_NEXT}
removed || exit
"$@" || { code=$?; removed; exit $code; }`;
  return ['sh', '-c', script, 'sh', next, cluster, ...named(run, next)];
}

/** Makes a container under another name and removes it again: docker refuses here what it would refuse later. */
export function tryContainer(run: Argv, next: string, cluster: string, folders: readonly string[]): Argv {
  const script = `next=$1 cluster=$2 folders=$3; shift 3
while [ "$folders" -gt 0 ]; do mkdir -p -- "$1" || exit; shift; folders=$((folders - 1)); done
${OWNER}
${REMOVE_NEXT}
removed || exit
"$@" >/dev/null; code=$?
[ $code != 0 ] || [ "$(docker inspect -f '{{.State.Running}}' "$next" </dev/null)" = true ] || {
  echo "container $next ended at once" >&2
  docker logs --tail 5 "$next" </dev/null >&2
  code=1
}
removed
exit $code`;
  return ['sh', '-c', script, 'sh', next, cluster, String(folders.length), ...folders, ...named(run, next)];
}

function named(run: Argv, name: string): Argv {
  const at = run.indexOf('--name') + 1;
  return [...run.slice(0, at), name, ...run.slice(at + 1)];
}

export function removeIfOurs(next: string, cluster: string): Argv {
  return [
    'sh',
    '-c',
    `next=$1 cluster=$2
${OWNER}
${REMOVE_NEXT}
removed`,
    'sh',
    next,
    cluster,
  ];
}

/**
 * Gives the new container the name of the one it replaces, which is removed last: until then a failure gives it its name back, and
 * its server has noticed nothing.
 */
export function replaceOurs(old: string, name: string, cluster: string): Argv {
  const script = `old=$1 name=$2 cluster=$3
${OWNER}
[ "$(owner "$old")" = "$cluster" ] || { echo "container $old is not of cluster $cluster: left alone" >&2; exit 1; }
[ "$(docker inspect -f '{{.State.Running}}' "$name.next")" = true ] || {
  echo "container $name.next ended at once" >&2
  docker logs --tail 5 "$name.next" >&2
  exit 1
}
[ "$(docker inspect -f '{{.Name}}' "$old")" = "/$name.old" ] || docker rename "$old" "$name.old" || exit
docker rename "$name.next" "$name" || { docker rename "$old" "$name"; exit 1; }
docker rm -f "$old" || { docker rename "$name" "$name.next" && docker rename "$old" "$name"; exit 1; }`;
  return ['sh', '-c', script, 'sh', old, name, cluster];
}
