# Gathers what explains why a server did not come up, and changes nothing. The caller defines `nonce` before this text and calls
# the functions after it, for each node with its number.
LC_ALL=C
export LC_ALL
mark() { printf '\n@@%s %s\n' "$nonce" "$*"; }
# $1 number, $2 the node's folder: configs, scripts and rank tables as they are, large ones by their digests
files() {
  cd -- "$2" 2>/dev/null || return 0
  find . -type f -size -128k ! -path './run/*' ! -path './wheels/*' ! -path './patterns/*' | sort | head -n 64 |
    while IFS= read -r file; do
      mark file "$1"
      printf '%s\n' "${file#./}"
      cat -- "$file"
    done
  mark digests "$1"
  find . -type f ! -path './run/*' | sort | head -n 256 | tr '\n' '\0' | xargs -0 sha256sum -- 2>/dev/null
}
# $1 number, $2 OMNIPLACE_NODE of its processes, $3 folder of `exit`
process() {
  pids=$(grep -lzxFs -e "OMNIPLACE_NODE=$2" /proc/[0-9]*/environ | tr -dc '0-9\n' | sort -n)
  mark state "$1"
  if [ -n "$pids" ]; then echo runs; elif [ -f "$3/exit" ]; then echo "exit code $(head -c 9 "$3/exit")"; else echo gone; fi
  # the youngest has everything that the start script exports; secrets are left out
  mark environ "$1"
  for pid in $pids; do youngest=$pid; done
  [ -z "$pids" ] || tr '\000' '\n' <"/proc/$youngest/environ" 2>/dev/null | grep -viE '^[^=]*(TOKEN|SECRET|PASS|CREDENTIAL|KEY)[^=]*='
}
# $1 number, then its logs, the newest last
words() {
  number=$1
  shift
  for log in $(ls -tr -- "$@" 2>/dev/null | tail -n 8); do
    mark words "$number"
    tail -n 12 -- "$log" | cut -c 1-400
  done
}
host() {
  mark addresses
  ! command -v ip >/dev/null 2>&1 || ip -o -4 addr show
  mark listening
  awk '$4 == "0A" { n = split($2, at, ":"); print at[n] }' /proc/net/tcp /proc/net/tcp6 2>/dev/null | sort -u
}
