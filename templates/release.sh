# Ends what was started by the spawn of a node and watches its server, and leaves the server itself; run inside the node's own
# container. $1: <cluster>/<node>, which only the watching processes carry, $2: seconds of grace.
marker=OMNIPLACE_NODE=$1
grace=$2

carriers() {
  for folder in /proc/[0-9]*; do
    ! tr '\0' '\n' 2>/dev/null <"$folder/environ" | grep -qxF "$marker" || echo "${folder#/proc/}"
  done
}

signal=TERM
tries=0
while found=$(carriers) && [ -n "$found" ]; do
  kill -$signal $found 2>/dev/null
  tries=$((tries + 1))
  [ "$tries" -le $((grace * 5)) ] || signal=KILL
  if [ "$tries" -gt $((grace * 10)) ]; then
    echo "still running after KILL:" $found >&2
    exit 1
  fi
  sleep 0.2
done
