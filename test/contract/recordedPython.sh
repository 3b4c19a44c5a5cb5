#!/bin/sh
# In place of python, for omni_cli: keeps the arguments of a launcher in $RECORDS, and runs it.
cp /proc/$$/environ "$RECORDS/python.$$.environ"
cp /proc/$$/cmdline "$RECORDS/python.$$.argv"
exec /usr/bin/python3 "$@"
