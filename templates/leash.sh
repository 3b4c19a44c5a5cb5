# Runs one script in this process group, on a leash: standard input. It brings the script, then what the script reads,
# and stays open as long as the controller waits for the work. Its end, however it comes, ends the whole group.
#   omniplace-leash BYTES PAYLOAD    a header, BYTES of script; PAYLOAD frames: frames follow (BYTES, bytes), ended by a frame
#   of 0; direct: bytes follow that the script reads itself, and then prints `taken`
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cut=
exec 3<&0 </dev/null
take() {
  [ "$1" -lt 65536 ] || dd bs=65536 count=$(($1 / 65536)) iflag=fullblock || return
  [ $(($1 % 65536)) -eq 0 ] || dd bs=$(($1 % 65536)) count=1 iflag=fullblock
}
watch() {
  while read -r size; do
    if [ "$size" = 0 ]; then exec >/dev/null; else take "$size" 2>/dev/null; fi
  done
  end
}
end() {
  trap '' TERM
  kill -TERM 0
  exec >/dev/null 2>&1
  strays TERM
  sleep 1
  strays KILL
  kill -KILL 0
}
# what runs in a container is in no group of ours: it carries the leash's name (docker exec -e OMNIPLACE_LEASH).
# The group itself got the signal already: a second one would end the script's own clean-up
strays() {
  for found in $(grep -slzxF "OMNIPLACE_LEASH=$0" /proc/[0-9]*/environ); do
    found=${found#/proc/}
    found=${found%/environ}
    read -r stat <"/proc/$found/stat" || continue
    set -- "$1" ${stat##*) }
    [ "$4" = "$group" ] || kill -"$1" "$found"
  done
}
# while a script does not read what it was given, watch is stuck and sees no end: but then the server's process is gone
guard() {
  while kill -0 $PPID; do sleep 2; done
  end
}
# for scripts that read their input from the connection: from here on its end is watched again
taken() {
  exec 5<&0 </dev/null
  watch <&5 >/dev/null 2>&1 &
  exec 5<&-
}
run() {
  exec 3<&-
  export OMNIPLACE_LEASH="$0"
  eval "$script"
}
read -r _ _ _ _ group _ </proc/self/stat
if [ "$group" != $$ ]; then
  echo "omniplace: this SSH server starts commands without a process group of their own" >&2
  exit 125
fi
# what comes before the header is not for us (a password sudo did not ask for)
while read -r word size payload <&3 || exit 125; do
  [ "$word" != omniplace-leash ] || break
done
script=$(take "$size" <&3 2>/dev/null)
# a script cut short must not run
case $script in *'#whole') ;; *) exit 125 ;; esac
# this shell's messages about ended processes are not the script's
exec 4>&2 2>/dev/null
if [ "$payload" = direct ]; then
  guard >/dev/null 2>&1 4>&- &
  trap : TERM
  (run) <&3 2>&4 4>&-
  code=$?
  trap '' TERM
  kill -TERM 0
  exit $code
fi
if [ "$payload" = frames ]; then
  guard >/dev/null 2>&1 4>&- &
  trap : TERM
  # it waits for the whole pipeline, so its last part ends the first: by KILL, which no starting process misses
  {
    read -r watcher _ </proc/self/stat
    echo "$watcher"
    watch
  } <&3 4>&- | {
    read -r watcher
    (run) 2>&4 4>&-
    code=$?
    kill -KILL "$watcher"
    trap '' TERM
    kill -TERM 0
    exit $code
  }
  exit $?
fi
watch <&3 >/dev/null 4>&- &
watcher=$!
run </dev/null 2>&4 4>&- &
trap 'cut=1' TERM
wait $!
code=$?
# the leash was cut: watch ends us with the rest
[ -z "$cut" ] || sleep 5
kill -KILL $watcher
trap '' TERM
kill -TERM 0
exit $code
