# PID 1 of a simulated host, in new mount, pid, uts, ipc and control-group namespaces: builds the host's file view, starts
# its sshd and dockerd, and becomes tini.
# The machine's own /proc is still here: it gives this process's id as the machine sees it.
read -r stat < /proc/self/stat
echo "$stat" > "$RECORD.new"
mv "$RECORD.new" "$RECORD"

root=$DISK/root
mkdir -p "$DISK/upper" "$DISK/work" "$DISK/docker" "$DISK/containerd" "$root"
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$DISK/upper,workdir=$DISK/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
if [ "$CGROUP_VERSION" = 1 ]; then
  mount -t tmpfs -o mode=755,size=4m cgroup "$root/sys/fs/cgroup"
  for options in $CGROUP_TREES; do
    tree=$root/sys/fs/cgroup/${options#none,name=}
    mkdir "$tree"
    mount -t cgroup -o "$options" cgroup "$tree"
  done
else
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  # this process is in a leaf, so the host's root may hand its controllers down to containers
  for controller in $(cat "$root/sys/fs/cgroup/cgroup.controllers"); do
    echo "+$controller" > "$root/sys/fs/cgroup/cgroup.subtree_control" || true
  done
fi

mount -t tmpfs -o mode=755,size=4m dev "$root/dev"
device() { mknod -m 666 "$root/dev/$1" c "$2" "$3"; }
device null 1 3
device zero 1 5
device full 1 7
device random 1 8
device urandom 1 9
device tty 5 0
# the accelerator's nodes: there for `docker run --device`, silent as /dev/null
for node in $DEVICE_NODES; do
  mkdir -p "$(dirname "$root/dev/$node")"
  device "$node" 1 3
done
if [ -n "$GPU_DRIVER" ]; then
  mount -t tmpfs -o mode=755,size=1m driver "$root/proc/driver"
  mkdir "$root/proc/driver/nvidia"
  echo "NVRM version: NVIDIA UNIX x86_64 Kernel Module  $GPU_DRIVER  of the lab" > "$root/proc/driver/nvidia/version"
fi
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
ln -s pts/ptmx "$root/dev/ptmx"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
mount -t mqueue mqueue "$root/dev/mqueue"
mount -t tmpfs -o mode=755 run "$root/run"
mkdir -p "$root/run/sshd" "$root/run/lock" "$root/run/docker" "$root/var/lib/docker" "$root/var/lib/containerd"
# docker's layers can't be on an overlay
mount --bind "$DISK/docker" "$root/var/lib/docker"
mount --bind "$DISK/containerd" "$root/var/lib/containerd"
hostname "$HOST"

mkdir -p "$root/.machine"
cd "$root"
pivot_root . .machine
cd /
umount -l /.machine
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 sh -c '
/usr/local/lib/lab/start-sshd
/usr/local/lib/lab/start-dockerd
exec tini -- sleep infinity
' < /dev/null > /var/log/boot.log 2>&1
