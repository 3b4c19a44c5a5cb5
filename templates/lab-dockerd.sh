#!/bin/sh
# Starts this host's container engine: containers use the host's network, so no bridge and no packet filter.
rm -f /run/docker.pid
setsid dockerd --host unix:///var/run/docker.sock --data-root /var/lib/docker --exec-root /run/docker \
  --pidfile /run/docker.pid --storage-driver overlay2 --exec-opt native.cgroupdriver=cgroupfs --bridge none \
  --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --log-level warn \
  >> /var/log/dockerd.log 2>&1 < /dev/null &
