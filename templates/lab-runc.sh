#!/bin/sh
# The root of this machine lacks CAP_SYS_RESOURCE, which dockerd asks for in `--privileged` ("unable to apply caps:
# operation not permitted"). Takes it out of the container's spec, then runs the real runc.
previous=
for argument in "$@"; do
  case $previous in
    --bundle | -b) spec=$argument/config.json ;;
    --process | -p) spec=$argument ;;
  esac
  previous=$argument
done
if [ -n "${spec:-}" ] && grep -q CAP_SYS_RESOURCE "$spec"; then
  sed -i -E 's/"CAP_SYS_RESOURCE",//g; s/,?"CAP_SYS_RESOURCE"//g' "$spec"
fi
exec /usr/sbin/runc "$@"
