#!/bin/bash
# cell.sh TREE OUT: runs OUT/nodes.sh in a private copy of this machine, with OmniInfer's source tree at /workspace/omniinfer.
# Mounts, processes and files are its own: only what is written to OUT is kept. Needs root on Linux.
set -eu
tree=$(readlink -f "$1") out=$(readlink -f "$2") tools=$(dirname "$(readlink -f "$0")")
export tree out tools
exec unshare --mount --net --pid --fork --mount-proc bash -eu -c '
  mount -t tmpfs none /mnt
  mkdir /mnt/changed /mnt/work /mnt/root /mnt/tree_changed /mnt/tree_work
  mount -t overlay none -o "lowerdir=/,upperdir=/mnt/changed,workdir=/mnt/work" /mnt/root
  mkdir -p /mnt/root/workspace/omniinfer /mnt/root/contract "/mnt/root$out"
  mount -t overlay none -o "lowerdir=$tree,upperdir=/mnt/tree_changed,workdir=/mnt/tree_work" /mnt/root/workspace/omniinfer
  mount --bind "$tools" /mnt/root/contract
  mount --bind "$out" "/mnt/root$out"
  mount -t proc none /mnt/root/proc
  mount --rbind /dev /mnt/root/dev
  exec chroot /mnt/root bash -eu /contract/image.sh "$out"
'
