#!/bin/bash
# In place of docker, for playbooks: `docker exec [-e NAME=VALUE].. [-d] CONTAINER COMMAND..` runs the command here, with the environment
# that the container would have; everything else is done already. The container's name ends with that of its node.
[ "$1" = exec ] || exit 0
# here they would end Ansible itself, which is Python
case $* in *kill_*_processes.sh*) exit 0 ;; esac
shift
env=()
while [ $# -gt 0 ]; do
  case $1 in
  -e) env+=("$2"); shift 2 ;;
  -*) shift ;;
  *) break ;;
  esac
done
node=${1##*_}
shift
mkdir -p "$OUT/$node" /data/log_path/"$node"
env -i HOME=/root PATH="$PATH" RECORDS="$OUT/$node" HOST_NUMBER=0 CODE_PATH=/workspace LOG_PATH=/data/log_path RANKTABLE_SAVE_PATH=/tmp/ranktable_save_path \
  "${env[@]}" "$@" >"$OUT/$node/log" 2>&1 </dev/null
