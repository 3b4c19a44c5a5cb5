#!/bin/bash
# In place of ansible, for omni_cli: `ansible HOST -i INVENTORY -m script -a SCRIPT` runs the script here, as the node HOST.
export NODE=$1
while [ $# -gt 1 ]; do [ "$1" != -a ] || script=$2; shift; done
mkdir -p "$OUT/$NODE"
exec bash "$script"
