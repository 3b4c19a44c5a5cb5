#!/bin/sh
# In place of a program: keeps its arguments and environment in $RECORDS as PROGRAM.PID.argv and .environ, and does what
# start scripts see of the program.
program=${0##*/}
record=$RECORDS/$program.$$

if [ "$program" = vllm ]; then
  # as torch_npu does
  found=
  IFS=:
  for folder in ${LD_LIBRARY_PATH:-}; do [ ! -e "$folder/libhccl.so" ] || found=1; done
  [ -n "$found" ] || { echo "OSError: libhccl.so: cannot open shared object file" >"$record.failed"; exit 1; }
fi

configuration() {
  while [ $# -gt 1 ]; do [ "$1" != -c ] || echo "$2"; shift; done
}
[ "$program" != nginx ] || { file=$(configuration "$@"); [ -z "$file" ] || cp "$file" "$record.conf"; }
cp /proc/$$/environ "$record.environ"
cp /proc/$$/cmdline "$record.part"
mv "$record.part" "$record.argv"

case "$program $*" in
"vllm "*) exec /usr/bin/sleep 300 ;;
"ray start"*)
  # one ray on a host, until it is stopped
  mkdir "$RECORDS/../ray.$HOST_NUMBER" 2>/dev/null || { echo "Ray is already running" >&2; exit 1; } ;;
"ray stop"*) rmdir "$RECORDS/../ray.$HOST_NUMBER" 2>/dev/null || true ;;
"nginx "*" -t"* | "nginx -t"*) ;;
"nginx -v"*) echo "nginx version: nginx/1.24.0" >&2 ;;
"nginx -c"*)
  port=$(sed -n 's/^[[:space:]]*listen[[:space:]]*\([0-9]*\).*/\1/p' "$file" | head -n 1)
  setsid python3 -c 'import socket, sys, time
server = socket.create_server(("0.0.0.0", int(sys.argv[1])))
time.sleep(300)' "$port" >/dev/null 2>&1 & ;;
esac
