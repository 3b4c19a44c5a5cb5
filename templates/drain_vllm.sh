# Before stop.sh: asks the first process of each server of a node to finish, and waits while it does. Its ranks and workers end with
# it; a signal to them would end requests that still run. $1: <cluster>/<node>, $3: seconds that requests may take.
# How long processes may take to end behind their requests.
drain_margin=5

carries() { tr '\0' '\n' 2>/dev/null <"/proc/$1/environ" | grep -qxF "OMNIPLACE_NODE=$2"; }

# the processes of the node whose parent is not one
first_processes() {
  for folder in /proc/[0-9]*; do
    stat=$(cat "$folder/stat" 2>/dev/null) || continue
    number=${folder#/proc/}
    node=$1
    set -- ${stat##*) }
    if [ "$1" != Z ] && carries "$number" "$node" && ! carries "$2" "$node"; then echo "$number"; fi
    set -- "$node"
  done
}

drain() {
  asked=$(first_processes "$1")
  [ -n "$asked" ] || return 0
  kill -TERM $asked 2>/dev/null
  rounds=$((($3 + drain_margin) * 5))
  while [ $rounds -gt 0 ]; do
    left=
    for number in $asked; do ! kill -0 "$number" 2>/dev/null || left=yes; done
    [ -n "$left" ] || return 0
    rounds=$((rounds - 1))
    sleep 0.2
  done
}

drain "$@"

