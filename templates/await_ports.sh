# Before a start: waits until the ports of a server can be bound, and names the process that holds one. Only /proc is read: a bind
# without SO_REUSEADDR succeeds when no connection of the host has the port, in whatever state it is.
# $1 most seconds; ports as /proc writes them, between blanks: $2 bound without SO_REUSEADDR, $3 bound with it, where only a
# listener matters
await_ports() {
  begun=$(since_boot)
  shown=-5
  reason=
  while taken=$(taken_ports "$2" "$3") && [ -n "$taken" ]; do
    passed=$(($(since_boot) - begun))
    by_listener "$taken" && return 1
    now="$(ports_of "$taken"): $(why_taken "$taken")"
    if [ "$passed" -ge "$1" ]; then
      echo "still taken after $passed s: $now"
      return 1
    fi
    if [ "$((passed - shown))" -ge 5 ]; then
      reason=$now
      echo "waiting for $reason ($passed s of at most $1 s)"
      shown=$passed
    fi
    sleep 1
  done
  [ -z "$reason" ] || echo "waited $(($(since_boot) - begun)) s for $reason"
}
# the clock on the wall may be set meanwhile
since_boot() {
  read -r up rest </proc/uptime
  echo "${up%.*}"
}
# `PORT STATE INODE` of each socket that keeps one taken
taken_ports() {
  awk -v exclusive=" $1 " -v shared=" $2 " '{
    n = split($2, at, ":")
    port = " " at[n] " "
    if (index(exclusive, port) || ($4 == "0A" && index(shared, port))) print at[n], $4, $10
  }' /proc/net/tcp /proc/net/tcp6 2>/dev/null | sort -u
}
# the first three, in decimal
ports_of() {
  hex=$(printf '%s\n' "$1" | cut -d ' ' -f 1 | sort -u)
  # shellcheck disable=SC2086
  set -- $hex
  words=
  for one; do
    [ "${words#*,*,}" = "$words" ] || continue
    words="$words${words:+, }$(printf '%d' "0x$one")"
  done
  case $# in 1) echo "port $words" ;; 2 | 3) echo "ports $words" ;; *) echo "ports $words and $(($# - 3)) more" ;; esac
}
# a server that still listens does not go by itself
by_listener() {
  found=$(printf '%s\n' "$1" | grep -m 1 ' 0A ') || return 1
  echo "$(ports_of "$found") is held by $(holder "${found##* }"), which listens there"
}
# a socket that no process holds has inode 0 and goes by itself
why_taken() {
  held=$(printf '%s\n' "$1" | grep -v -m 1 ' 0$') && {
    echo "in use by a connection of $(holder "${held##* }")"
    return
  }
  printf '%s\n' "$1" | grep -q ' 06 ' && echo 'connections of a stopped server are in TIME_WAIT' && return
  echo 'connections of a stopped server are being closed'
}
holder() {
  fd=$(find /proc/[0-9]*/fd -lname "socket:\[$1\]" 2>/dev/null | head -n 1)
  [ -n "$fd" ] || { echo 'another process' && return; }
  pid=${fd#/proc/}
  pid=${pid%%/*}
  echo "process $pid ($(cat "/proc/$pid/comm" 2>/dev/null))"
}
