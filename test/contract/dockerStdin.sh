#!/bin/bash
# In place of docker, for omni_cli: `docker exec -i CONTAINER bash -s` runs its input here, with nothing in the environment.
[ "$1" = exec ] || exit 0
shift
while [ "${1#-}" != "$1" ]; do shift; done
shift
exec env -i HOME=/root PATH="$PATH" RECORDS="$OUT/$NODE" HOST_NUMBER="$NODE" "$@" >>"$OUT/$NODE/log" 2>&1
