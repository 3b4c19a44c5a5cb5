# One look of `balance --watch` at where an instance writes its windows. The caller defines `nonce` before this text, adds the
# engine's functions after it, and then calls one of them.
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
  stat -c %Y -- "$(dump_file "$1")" 2>/dev/null
}
# $1 lease file, $2 dump folder, $3 the start and $4 the recordstep that are known already, $5 most windows, $6 the epoch
# that is known, -1: none, $7 `live` where the engine may swap experts while it serves
look() {
  part lease "$1"
  cd -- "$2" 2>/dev/null || return 0
  stamp=$(dump_starts | tail -n 1)
  [ -n "$stamp" ] && cd -- "$stamp" 2>/dev/null || return 0
  step=$4 epoch=$6
  [ "$stamp" = "$3" ] || step=0 epoch=-1
  printf '%s stamp %s\n' "$nonce" "$stamp"
  # windows before maps: whatever a window was recorded under is then there
  steps=$(dump_steps)
  newest=$(printf '%s\n' "$steps" | above -1 1)
  at=$(written "$newest" || stat -c %Y .)
  printf '%s age %s\n' "$nonce" "$(($(date +%s) - at))"
  earlier=$(printf '%s\n' "$steps" | above -1 6 | head -n 1)
  [ "$newest" = "$earlier" ] ||
    printf '%s pace %s/%s\n' "$nonce" "$((at - $(written "$earlier")))" "$((newest - earlier))"
  printf '%s\n' "$steps" | above "$step" "$5" | while read -r one; do
    part "window $one" "$(dump_file "$one")"
  done
  [ "$7" != live ] || live_state "$epoch" "$(($5 + 1))"
}
