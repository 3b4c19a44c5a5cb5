# One look of `balance --watch` at where an instance writes its windows, and the way to ask its engine for other experts. The
# caller defines `nonce` before this text and calls one of these functions after it.
LC_ALL=C
export LC_ALL
# $1 what it is, $2 a file: its content as base64 below a line of its own
part() {
  [ -f "$2" ] || return 0
  printf '%s %s\n' "$nonce" "$1"
  base64 <"$2"
}
# $1 number: the numbers of standard input that are higher, in order, at most $2 of them, the highest
above() {
  awk -v least="$1" '$1 != "" && $1 + 0 > least + 0' | sort -n | tail -n "$2"
}
# $1 recordstep: when its window was written, in seconds since 1970
written() {
  stat -c %Y -- "activation_counts_recordstep_$1_rank_0.txt" 2>/dev/null
}
# $1 lease file, $2 dump folder, $3 the start and $4 the recordstep that are known already, $5 most windows, $6 the epoch
# that is known, -1: none
look() {
  part lease "$1"
  cd -- "$2" 2>/dev/null || return 0
  stamp=$(ls -1 | grep -xE '[0-9]{8}_[0-9]{6}' | sort | tail -n 1)
  [ -n "$stamp" ] && cd -- "$stamp" 2>/dev/null || return 0
  step=$4 epoch=$6
  [ "$stamp" = "$3" ] || step=0 epoch=-1
  printf '%s stamp %s\n' "$nonce" "$stamp"
  # windows before maps: whatever a window was recorded under is then there
  steps=$(ls -1 | sed -n 's/^activation_counts_recordstep_\([0-9]\{1,\}\)_rank_0\.txt$/\1/p')
  newest=$(printf '%s\n' "$steps" | above -1 1)
  at=$(written "$newest" || stat -c %Y .)
  printf '%s age %s\n' "$nonce" "$(($(date +%s) - at))"
  earlier=$(printf '%s\n' "$steps" | above -1 6 | head -n 1)
  [ "$newest" = "$earlier" ] ||
    printf '%s pace %s/%s\n' "$nonce" "$((at - $(written "$earlier")))" "$((newest - earlier))"
  printf '%s\n' "$steps" | above "$step" "$5" | while read -r one; do
    part "window $one" "activation_counts_recordstep_${one}_rank_0.txt"
  done
  ls -1 live-map/maps 2>/dev/null | sed -n 's/^\([0-9]\{1,\}\)\.json$/\1/p' | above "$epoch" "$(($5 + 1))" |
    while read -r one; do
      part "map $one" "live-map/maps/$one.json"
      part "npy $one" "live-map/maps/$one.npy"
    done
  part engine live-map/engine.json
  # last: what it reports is in the maps already, or in those of the next read
  part answer live-map/answer.json
}
# $1 live-map folder of this start, $2 container, $3 process in it; the request comes on standard input
ask() {
  cd -- "$1" || exit
  cat >".request.json.$$" && mv -- ".request.json.$$" request.json || exit
  # shellcheck disable=SC2016
  docker exec "$2" sh -c 'kill -USR1 "$1"' sh "$3"
}
