#!/bin/sh
# Starts this host's sshd.
exec /usr/sbin/sshd -f /etc/ssh/sshd_config -E /var/log/sshd.log
