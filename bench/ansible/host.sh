# PID 1 of a bench host, in new namespaces: the machine's own files below, what it writes on the bench's disk, one sshd.
# The caller gives DISK (the host's folder on that disk), NAME and ADDRESS/LENGTH.
root=$DISK/root
mkdir -p "$DISK/upper" "$DISK/work" "$DISK/home" "$DISK/tmp" "$root"
chmod 700 "$DISK/home"
chmod 1777 "$DISK/tmp"
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=/,upperdir=$DISK/upper,workdir=$DISK/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 run "$root/run"
mkdir "$root/run/sshd"
# the machine's own root may have a slow shell profile
mount --bind "$DISK/home" "$root/root"
mount --bind "$DISK/tmp" "$root/tmp"
mkdir -p "$root/etc/omniplace-bench"
mount --bind "$DISK/ssh" "$root/etc/omniplace-bench"
hostname "$NAME"
# the other end comes once this namespace can be seen
touch "$DISK/apart"
until ip link set eth0 up 2> /dev/null; do sleep 0.02; done
ip link set lo up
ip addr add "$ADDRESS" dev eth0
cd "$root"
mkdir -p .machine
pivot_root . .machine
cd /
umount -l /.machine
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
  /usr/sbin/sshd -D -f /etc/omniplace-bench/sshd_config -E /tmp/sshd.log < /dev/null
