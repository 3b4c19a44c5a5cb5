#!/bin/sh
# Answers as the accelerator driver's hccn_tool does: `hccn_tool -i DIE -ip -g` gives the die's address, and
# `hccn_tool -i DIE -ping -g address ADDRESS` tries another. A die of this lab is reached when its host is.
die= target=
while [ $# -gt 0 ]; do
  case $1 in
    -i) die=${2:-}; shift ;;
    -ip) what=ip ;;
    -ping) what=ping ;;
    -g) get=1 ;;
    address) target=${2:-}; shift ;;
  esac
  shift
done
if [ -z "$die" ] || [ -z "${what:-}" ] || [ -z "${get:-}" ]; then
  echo 'usage: hccn_tool -i <die> -ip -g | -ping -g address <ip> [pkt <n>]' >&2
  exit 1
fi
address=$(sed -n "s/^address_$die=//p" /etc/hccn.conf)
if [ -z "$address" ]; then
  echo "hccn_tool: die $die has no address in /etc/hccn.conf" >&2
  exit 1
fi
if [ "$what" = ip ]; then
  echo "ipaddr:$address"
  echo "netmask:$(sed -n "s/^netmask_$die=//p" /etc/hccn.conf)"
  exit 0
fi
number=${target#172.16.}
host=$(sed -n "s/ h${number%%.*}\$//p" /etc/hosts)
echo "device $die PING $target"
if [ -n "$host" ] && timeout 2 bash -c ": <> /dev/tcp/$host/22" 2>/dev/null; then
  echo 'recv seq=0,time=0.100000ms'
  echo '1 packets transmitted, 1 received, 0.00% packet loss'
else
  echo 'recv time out seq=0'
  echo '1 packets transmitted, 0 received, 100.00% packet loss'
fi
