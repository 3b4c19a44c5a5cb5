#!/bin/bash
# Runs the proxy's script where it is in the tree.
script=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../../omni/accelerators/sched/global_proxy/global_proxy.sh
[ -f "$script" ] || { echo "there is no $script"; exit 1; }
exec bash "$script" "$@"
