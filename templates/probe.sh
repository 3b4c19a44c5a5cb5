# Finds out what is on this host, and changes nothing. Every answer follows its own line "@@NONCE name", so that
# whatever a login prints does not matter. The caller defines `nonce`, `patience` (seconds) and `die_variable` (the environment
# variable that shows which dies a process uses; empty: there is none) before this text, adds the accelerator's and the engine's
# functions after it, and then calls the functions of all.
LC_ALL=C
export LC_ALL
mark() { printf '\n@@%s %s\n' "$nonce" "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }
# no question may hang on a daemon or a driver that does not answer
within() {
  if has timeout; then timeout "$@"; else shift && "$@"; fi
}
clock() {
  mark clock
  date +%s.%N
}
machine() {
  mark machine
  uname -nrm
  mark tools
  for tool in rsync python3 sha256sum; do ! has $tool || echo $tool; done
}
boot() {
  mark boot
  sed -n 's/^btime //p' /proc/stat
}
memory() {
  mark memory
  grep -E '^Mem(Total|Available):' /proc/meminfo
}
# $1 the name to print, $2 a file with a line `Version=`
version_in() { [ ! -r "$2" ] || sed -n "s/^[Vv]ersion=/$1 /p" "$2"; }
software() {
  mark software
  driver_versions
}
docker_facts() {
  mark docker
  if ! has docker; then
    echo absent
    return
  fi
  # every call of the client costs as much as all the rest
  within $patience docker version --format '{{json .}}' 2>&1 || {
    mark docker-down
    return
  }
  image_format='{{.Id}} {{json .RootFS.Layers}}'
  # those of its variables that the accelerator asks about, a line of JSON each
  [ -z "${image_variables:-}" ] ||
    image_format="$image_format"'{{range .Config.Env}}{{if eq (index (split . "=") 0) '"$image_variables"'}}{{println}}{{json .}}{{end}}{{end}}'
  i=0
  for image; do
    mark image $i
    i=$((i + 1))
    within $patience docker image inspect --format "$image_format" -- "$image" 2>/dev/null
  done
  mark containers
  ids=$(within $patience docker ps -aq --no-trunc)
  # shellcheck disable=SC2086
  [ -z "$ids" ] || within $patience docker inspect --format "$container_format" $ids 2>/dev/null
}
# one line of JSON for each container; of its environment only the dies (no variable is named `=`). `.ID` is the name that podman uses too
container_format='{"id":{{json .ID}},"name":{{json .Name}},"image":{{json .Config.Image}},"imageId":{{json .Image}},"status":{{json .State.Status}},"running":{{json .State.Running}},"restarts":{{.RestartCount}},"restarting":{{json .State.Restarting}},"startedAt":{{json .State.StartedAt}},"exitCode":{{.State.ExitCode}},"oomKilled":{{json .State.OOMKilled}},"labels":{{json .Config.Labels}},"dies":[{{range .Config.Env}}{{$part := split . "="}}{{if eq (index $part 0) "'"${die_variable:-=}"'"}}{{json (index $part 1)}}{{end}}{{end}}]}'
interfaces() {
  mark addresses
  ! has ip || ip -o -4 addr show
  mark mtus
  grep -s . /sys/class/net/*/mtu /dev/null
  mark routes
  cat /proc/net/route
}
listening() {
  mark listening-ss
  sockets=
  ! has ss || sockets=$(ss -H -l -t -n -p 2>/dev/null)
  printf '%s\n' "$sockets"
  mark listening-proc
  awk '$4 == "0A"' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}
# of the ports given (as /proc writes them), those of connections that a process holds: what a dead server leaves behind
# (inode 0) ends by itself, in minutes where its peer is gone, and a new server may listen there at once
connected() {
  mark connected
  awk -v asked=" $* " '$4 != "0A" && $10 != "0" {
    n = split($2, at, ":")
    if (index(asked, " " at[n] " ") && !seen[at[n]]++) print at[n]
  }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
  mark outgoing-ports
  cat /proc/sys/net/ipv4/ip_local_port_range /proc/sys/net/ipv4/ip_local_reserved_ports 2>/dev/null
}
processes() {
  found=$(grep -sazE "^(OMNIPLACE_(NODE|GENERATION)${die_variable:+|$die_variable})=" /proc/[0-9]*/environ /dev/null | tr '\000' '\n')
  mark markers
  printf '%s\n' "$found"
  mark stats
  printf '%s\n' "$found" | sed -n 's,^\(/proc/[0-9]*\)/environ:OMNIPLACE_NODE=.*,\1/stat,p' | xargs cat 2>/dev/null
}
# after `listening`, `processes` and the accelerator's `die_processes`: the containers of the processes that these found, by their control groups
holders() {
  mark cgroups
  {
    printf '%s\n' "$sockets" | grep -o 'pid=[0-9]*'
    printf '%s\n' "$found" | sed -n "s,^/proc/\([0-9]*\)/environ:$die_variable=.*,pid=\1,p"
    printf '%s\n' "${die_pids:-}"
  } | sort -u | sed 's,^pid=\(.*\),/proc/\1/cgroup,' | xargs grep -sHoE '[0-9a-f]{64}' /dev/null | sort -u
}
# $1 the driver's program, then its arguments; `tool_places`: where else it was sought. What it answers is in `busy`; without an answer
# it fails, and marks why
ask_driver() {
  busy=
  if ! has "$1"; then
    mark driver-silent
    echo "$1 was not found on PATH${tool_places:-}"
    return 1
  fi
  busy=$(within $patience "$@" 2>&1) && return
  code=$?
  mark driver-silent
  case $code in
    124 | 137 | 143) echo "$1 did not answer within $patience s" ;;
    *) printf '%s failed with exit code %s: %s\n' "$1" $code "$(printf '%s\n' "$busy" | grep . | tail -n 1)" ;;
  esac
  busy=
  return 1
}
# who runs what on dies; a command is cut short
die_users() {
  mark die-users
  for pid in $(printf '%s\n' "${die_pids:-}" | sed 's,^pid=,,' | sort -u); do
    owner=$(stat -c %U "/proc/$pid" 2>/dev/null) || continue
    printf '%s %s %s\n' "$pid" "$owner" "$(tr '\000\n' '  ' < "/proc/$pid/cmdline" 2>/dev/null | head -c 400)"
  done
}
paths() {
  i=0
  for path; do
    mark path $i
    i=$((i + 1))
    if [ -d "$path" ]; then
      echo folder
    elif [ -f "$path" ]; then
      echo file
    elif [ -e "$path" ]; then
      echo other
    else
      at=${path%/*}
      while [ ! -e "$at" ] && [ -n "$at" ]; do at=${at%/*}; done
      # what is in a folder that this login may not search is not known
      [ -x "${at:-/}" ] || echo "hidden $at"
    fi
  done
}
# what a container must reach in a folder that is mounted in it: $1 path; links are listed with all the links on their way
trees() {
  i=0
  for path; do
    mark tree $i
    i=$((i + 1))
    links_above "$path"
    # `find -L` lists links to nothing also in folders that are links, but none that lead in a circle
    {
      within $patience find -L "$path" -maxdepth 2 -type l 2>/dev/null
      within $patience find "$path/" -maxdepth 2 -type l ! -exec test -e {} \; -print 2>/dev/null
    } | sort -u | head -n 2000 | sed 's,^,B ,'
    model_config "$path"
    top=$(cd -P -- "$path/" 2>/dev/null && pwd)
    within $patience find "$path/" -maxdepth 2 -type l 2>/dev/null | head -n 2000 | while IFS= read -r link; do
      hops=0
      [ "${top:-$path}" = "$path" ] || printf 'L %s\t%s\n' "$top/${link#"$path"/}" "$(readlink "$link")"
      while [ -L "$link" ] && [ $hops -lt 8 ]; do
        to=$(readlink "$link")
        printf 'L %s\t%s\n' "$link" "$to"
        case $to in /*) link=$to ;; *) link=${link%/*}/$to ;; esac
        links_above "$link"
        link=$(physical "$link")
        hops=$((hops + 1))
      done
    done | sort -u
    [ "$(id -u)" != 0 ] || within $patience find -L "$path" -maxdepth 2 -type f ! -readable 2>/dev/null | head -n 20 | sed 's,^,U ,'
    within $patience find -L "$path" -maxdepth 2 \( -type f ! -perm -004 -o -type d ! -perm -005 \) -exec stat -L -c 'C %a %u %g %n' {} + 2>/dev/null | head -n 20
  done
}
# what makes the folder $1 a model, if this login may look: transformers' file, or Mistral's
model_config() {
  [ -d "$1" ] && [ -x "$1" ] || return 0
  for name in config.json params.json; do
    if [ -f "$1/$name" ] && [ -s "$1/$name" ]; then
      echo "F file $name"
      return
    fi
  done
  if [ -d "$1/config.json" ]; then
    echo F folder config.json
  elif [ -e "$1/config.json" ]; then
    echo F empty config.json
  elif [ ! -L "$1/config.json" ]; then
    echo F absent config.json
  fi
}
# those of the folders on the way to $1 that are links themselves
links_above() {
  above=$1
  while [ -n "${above%/*}" ] && [ "$above" != "${above%/*}" ]; do
    [ ! -L "$above" ] || printf 'L %s\t%s\n' "$above" "$(readlink "$above")" "$(physical "$above")" "$(readlink "$above")"
    above=${above%/*}
  done
}
# $1 with the folder that it is in by its own name
physical() {
  folder=$(cd -P -- "${1%/*}/" 2>/dev/null && pwd) || folder=${1%/*}
  printf '%s/%s\n' "${folder%/}" "${1##*/}"
}
digests() {
  mark digests
  sha256sum -- "$@" 2>/dev/null
}
texts() {
  i=0
  for path; do
    if [ -f "$path" ] && [ -r "$path" ]; then
      mark text $i
      head -c 1048576 -- "$path"
    fi
    i=$((i + 1))
  done
}
# when each file was written
written() {
  i=0
  for path; do
    mark written $i
    i=$((i + 1))
    stat -c %Y -- "$path" 2>/dev/null
  done
}
# how full the file systems are that hold these paths
disks() {
  i=0
  for path; do
    at=$path
    while [ ! -e "$at" ] && [ -n "$at" ]; do at=${at%/*}; done
    mark disk $i
    i=$((i + 1))
    df -Pk -- "${at:-/}"
  done
}
# last of all: docker's own folder, which is not among the paths asked about
room() {
  mark docker-root
  root=$(sed -n 's/.*"data-root"[ ]*:[ ]*"\([^"]*\)".*/\1/p' /etc/docker/daemon.json 2>/dev/null)
  echo "${root:-/var/lib/docker}"
  set -- "$@" "${root:-/var/lib/docker}"
  i=0
  for path; do
    at=$path
    while [ ! -e "$at" ] && [ -n "$at" ]; do at=${at%/*}; done
    mark free $i
    i=$((i + 1))
    df -Pk -- "${at:-/}"
    [ -w "${at:-/}" ] || echo unwritable
  done
}
# $1 folder, $2 the mark that was written once it was complete. Only sources: programs there may leave files of their own.
# Both times: a copy keeps the first and owes nothing to this clock, a change of owner or mode is not an edit. What was there then is
# in a list next to the mark
code_edits() {
  mark code-edits
  [ -f "$2" ] && cd -- "$1" 2>/dev/null || return 0
  {
    sources -newer "$2" -cnewer "$2"
    [ ! -f "$2.sources" ] || sources | awk '!listed { there[$0]; next } !($0 in there) { print $0 " (removed)" }' - listed=1 "$2.sources"
  } | sed 's,^\./,,' | head -n 20
}
sources() { within $patience find . -name .git -prune -o -type f \( -name '*.py' -o -name '*.sh' \) "$@" -print; }
# an engine that swaps experts while it serves replaces it
live_epoch() { :; }
# the newest start of an engine that wrote windows, by the engine's own functions
dumps() {
  i=0
  for path; do
    mark dump $i
    i=$((i + 1))
    newest=$(cd -- "$path" 2>/dev/null && dump_starts | tail -n 1)
    [ -z "$newest" ] ||
      echo "$newest $(cd -- "$path/$newest" && dump_steps | grep -c .) $(stat -c %Y -- "$path/$newest") $(cd -- "$path" && live_epoch "$newest")"
  done
}
