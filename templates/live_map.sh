# The live map of an engine (docs/live-map.md), which stands in the folder of its start. `part` and `above` are those of watch.sh.
# $1 the epoch that is known, -1: none, $2 most maps: what is in service, in the folder of a start
live_state() {
  ls -1 live-map/maps 2>/dev/null | sed -n 's/^\([0-9]\{1,\}\)\.json$/\1/p' | above "$1" "$2" |
    while read -r one; do
      part "map $one" "live-map/maps/$one.json"
      part "npy $one" "live-map/maps/$one.npy"
    done
  part engine live-map/engine.json
  # last: what it reports is in the maps already, or in those of the next read
  part answer live-map/answer.json
}
# $1 folder of a start, $2 container, $3 process in it; the request comes on standard input
ask() {
  cd -- "$1/live-map" || exit
  cat >".request.json.$$" && mv -- ".request.json.$$" request.json || exit
  # shellcheck disable=SC2016
  docker exec "$2" sh -c 'kill -USR1 "$1"' sh "$3"
}
