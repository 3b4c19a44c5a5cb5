#!/bin/sh
# The root of this machine lacks CAP_SYS_RESOURCE, which dockerd asks for in `--privileged` ("unable to apply caps:
# operation not permitted") and which a larger limit of locked memory needs. Takes both out of the container's spec, then runs the
# real runc.
previous=
for argument in "$@"; do
  case $previous in
    --bundle | -b) spec=$argument/config.json ;;
    --process | -p) spec=$argument ;;
  esac
  previous=$argument
done
memlock='\{"type":"RLIMIT_MEMLOCK","hard":[0-9]+,"soft":[0-9]+\}'
if [ -n "${spec:-}" ] && grep -qE 'CAP_SYS_RESOURCE|RLIMIT_MEMLOCK' "$spec"; then
  sed -i -E "s/\"CAP_SYS_RESOURCE\",//g; s/,?\"CAP_SYS_RESOURCE\"//g; s/,$memlock//g; s/$memlock,?//g" "$spec"
fi
exec /usr/sbin/runc "$@"
