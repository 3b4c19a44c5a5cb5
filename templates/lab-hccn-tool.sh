#!/bin/sh
# Answers as the accelerator driver's hccn_tool does: `hccn_tool -i DIE -ip -g` gives the die's address.
die=
while [ $# -gt 0 ]; do
  case $1 in
    -i) die=${2:-}; shift ;;
    -ip) what=ip ;;
    -g) get=1 ;;
  esac
  shift
done
if [ -z "$die" ] || [ "${what:-}" != ip ] || [ -z "${get:-}" ]; then
  echo 'usage: hccn_tool -i <die> -ip -g' >&2
  exit 1
fi
address=$(sed -n "s/^address_$die=//p" /etc/hccn.conf)
if [ -z "$address" ]; then
  echo "hccn_tool: die $die has no address in /etc/hccn.conf" >&2
  exit 1
fi
echo "ipaddr:$address"
echo "netmask:$(sed -n "s/^netmask_$die=//p" /etc/hccn.conf)"
