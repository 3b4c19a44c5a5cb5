# Powers a host on: into its control groups, a control-group namespace rooted there, its network namespace, and then
# lab-init.sh as PID 1 of all the others. GROUPS_OF_HOST and LEAVES are lists of folders.
for group in $GROUPS_OF_HOST; do echo $$ > "$group/cgroup.procs"; done
exec unshare --cgroup sh -euc '
for leaf in $LEAVES; do echo $$ > "$leaf/cgroup.procs"; done
exec nsenter --net="$NETWORK_NAMESPACE" unshare --mount --pid --uts --ipc --fork --kill-child --propagation private sh -euc "$INIT"
'
