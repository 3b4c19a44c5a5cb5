# Ends a node's server and all it started; run inside the node's own container. $1: <cluster>/<node>, $2: seconds of grace.
# Engines and nginx overwrite their environment with a title, and daemons leave their parents. So besides the processes
# that carry the marker go their sessions and descendants, and what was re-parented to the container's first process.
marker=OMNIPLACE_NODE=$1
grace=$2

main() {
  own=$(session_of $$)
  first=$(session_of 1)
  signal=TERM
  deadline=$(($(seconds) + grace))
  while :; do
    find_doomed
    [ "$doomed" != ' ' ] || exit 0
    kill -$signal $doomed 2>/dev/null
    # a stopped process handles the signal only once it continues
    kill -CONT $doomed 2>/dev/null
    if [ "$(seconds)" -ge "$deadline" ]; then
      if [ $signal = KILL ]; then
        echo "still running after KILL:$doomed" >&2
        exit 1
      fi
      signal=KILL
      deadline=$(($(seconds) + 10))
    fi
    sleep 0.2
  done
}

# since the machine came up: the clock on the wall may be set meanwhile
seconds() {
  read -r up rest </proc/uptime
  echo "${up%.*}"
}

session_of() {
  stat=$(cat "/proc/$1/stat")
  set -- ${stat##*) }
  echo "$4"
}

# "pid ppid session" of each, zombies left out
processes() {
  for folder in /proc/[0-9]*; do
    stat=$(cat "$folder/stat" 2>/dev/null) || continue
    set -- "${folder#/proc/}" ${stat##*) }
    [ "$2" = Z ] || echo "$1 $3 $5"
  done
}

# into $doomed, each between spaces
find_doomed() {
  list=$(processes)
  doomed=' '
  sessions=' '
  grew=first
  while [ -n "$grew" ]; do
    pass=$grew
    grew=
    while read -r pid ppid session; do
      [ "$pid" != 1 ] && [ "$session" != "$own" ] || continue
      case $doomed in *" $pid "*) continue ;; esac
      belongs || continue
      doomed="$doomed$pid "
      case $session in 0 | "$first") ;; *) sessions="$sessions$session " ;; esac
      grew=more
    done <<LIST
$list
LIST
  done
}

belongs() {
  case $doomed in *" $ppid "*) return 0 ;; esac
  case $sessions in *" $session "*) return 0 ;; esac
  [ "$pass" = first ] || return 1
  [ "$ppid" = 1 ] && [ "$session" != "$first" ] && return 0
  tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -qxF "$marker"
}

main
