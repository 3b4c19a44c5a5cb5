# Lets nginx leave out servers that restart, and take all in again: another configuration, and a reload. What was left out before stays
# so meanwhile. Old workers close their idle connections, so that TIME_WAIT is on this side and servers can bind their ports at once.
# Run in the proxy's container.
# $1: nginx's configuration; $2: file that exists on the host while servers are left out
# with $3: most seconds to wait for requests under way; $4: the servers as /proc/net/tcp writes them, between |; then each ip:port
conf=$1
marker=$2
main() {
  find_master
  if [ $# -gt 2 ]; then
    limit=$3
    remote=$4
    shift 4
    echo "$*" >>"$marker"
    change leave_out "$@"
    until_idle
  else
    change take_in
    rm -f -- "$marker"
  fi
}
# of this configuration
find_master() {
  master=
  for folder in /proc/[0-9]*; do
    case $(title_of "${folder#/proc/}") in
      'nginx: master process'*" -c $conf "*) master=${folder#/proc/} ;;
    esac
  done
}
title_of() {
  tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline"
}
# a reload only where something is other than before
change() {
  [ -n "$master" ] || return 0
  "$@" <"$conf" >"$conf.next" || exit
  if [ "$(cat "$conf")" = "$(cat "$conf.next")" ]; then
    rm -f -- "$conf.next"
  else
    mv -- "$conf.next" "$conf"
    reload
  fi
}
# Without their lines: some balancing modules would choose a server that is down. An upstream needs one, so where none is left all are down.
leave_out() {
  awk -v servers=" $* " '
    { paused = sub(/^#paused /, "") + sub(/ down;$/, ";") }
    $1 == "server" && $2 != "{" { lines[++count] = $0; isOut[count] = paused || index(servers, " " $2 " "); others += !isOut[count]; next }
    $1 == "}" { for (i = 1; i <= count; i++) print written(lines[i], isOut[i]); count = others = 0 }
    { print }
    function written(line, out) {
      if (out && others) return "#paused " line
      if (out) sub(/;$/, " down;", line)
      return line
    }'
}
take_in() {
  sed 's/^#paused //; s/ down;$/;/'
}
# until old workers take no more requests
reload() {
  before=$(cat "/proc/$master/task/$master/children" 2>/dev/null)
  kill -HUP "$master"
  tries=0
  while sleep 0.1 && [ "$tries" -lt 50 ]; do
    tries=$((tries + 1))
    accepting=
    for pid in $before; do
      case $(title_of "$pid") in '' | *'shutting down'*) ;; *) accepting=yes ;; esac
    done
    [ -n "$accepting" ] || return 0
  done
}
until_idle() {
  left=$((limit * 10))
  while [ "$left" -gt 0 ] && grep -qE "^ *[0-9]+: [0-9A-F:]+ ($remote) 01 " /proc/net/tcp; do
    left=$((left - 1))
    sleep 0.1
  done
}
main "$@"
