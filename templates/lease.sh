# Keeps a cluster's lease on this host: a file that is read, compared and replaced while the kernel's lock on .lease is
# held, which ends with the process that holds it. .lease remembers the last token. The caller defines `folder` before this text.
umask 077
locked() {
  command -v flock >/dev/null || { echo 'there is no flock on this host (package util-linux)' >&2; exit 69; }
  while :; do
    mkdir -p -- "$folder" || exit 73
    exec 9>>"$folder/.lease" || exit 73
    flock -w 10 9 || { echo 'another process holds the lock of the lease for more than 10 s' >&2; exit 75; }
    # if the folder was removed meanwhile, this lock is invisible to others
    [ "$(stat -L -c %i /proc/self/fd/9)" != "$(stat -c %i "$folder/.lease" 2>/dev/null)" ] || return 0
  done
}
# into $id $seq $token; all empty: it is not held
look() {
  set -- $(sed -n '1s/^{"id":"\([^" ]*\)".*"seq":\([0-9]*\),.*"token":\([0-9]*\)}$/\1 \2 \3/p' "$folder/lease" 2>/dev/null)
  id=$1 seq=$2 token=$3
}
# all that needs room first: on a full disk nothing is begun
stage() {
  printf '%s\n' "$2" >"$folder/.$1.new" && return
  rm -f -- "$folder/.lease.new" "$folder/.run.new"
  exit 73
}
place() { mv -f -- "$folder/.$1.new" "$folder/$1" || exit 73; }
# $1 the lease up to its token, $2 the last run as it was when the plan was made, $3 what becomes the last run,
# then `ID/SEQ` or `ID/any` of leases whose owners are dead
take() {
  head=$1 planned=$2 run=$3
  shift 3
  locked
  look
  if [ -n "$id" ]; then
    case " $* " in
      *" $id/$seq "* | *" $id/any "*) end_remains "$id" ;;
      *)
        echo held
        cat "$folder/lease"
        return 0
        ;;
    esac
  fi
  found=$(cat "$folder/run" 2>/dev/null)
  if [ "$found" != "$planned" ]; then
    printf 'changed\n%s\n' "$found"
    return 0
  fi
  last=$(cat "$folder/.lease")
  [ "${last:-0}" -ge "${token:-0}" ] 2>/dev/null || last=$token
  token=$((${last:-0} + 1))
  stage run "$run"
  stage lease "$head\"token\":$token}"
  # over the old contents, which are never longer: if emptied first, they could be lost
  echo "$token" 1<>"$folder/.lease" || exit 73
  place run
  place lease
  echo "taken $token"
}
# $1 id, $2 token, $3 the lease with a higher seq
beat() {
  locked
  look
  if [ "$id $token" != "$1 $2" ]; then
    echo lost
    cat "$folder/lease" 2>/dev/null
    return 0
  fi
  stage lease "$3"
  place lease
  echo beaten
}
# $1 id, $2 what becomes the last run
release() {
  locked
  look
  if [ "$id" != "$1" ]; then
    echo lost
    return 0
  fi
  # where there is no room for it, the last run stays what it was; the lease goes all the same
  [ -n "$2" ] || rm -f -- "$folder/run"
  [ -z "$2" ] || ! (stage run "$2") || place run
  rm -f -- "$folder/lease"
  # a folder with nothing else in it belongs to no cluster any more
  if [ -z "$(find "$folder" -mindepth 1 -maxdepth 1 ! -name run ! -name .lease)" ]; then
    rm -f -- "$folder/run" "$folder/.lease"
    rmdir -- "$folder" 2>/dev/null
  fi
  echo released
}
# $1 id: taken away by hand; the last run stays what it is
free() {
  locked
  look
  [ "$id" != "$1" ] || rm -f -- "$folder/lease"
  echo freed
}
# what a run left behind that was taken over while it worked: its processes carry its lease, those in containers its leash
end_remains() {
  for found in $(grep -slzxF "OMNIPLACE_RUN=$1" /proc/[0-9]*/environ); do
    leash=$(tr '\000' '\n' 2>/dev/null <"$found" | sed -n 's/^OMNIPLACE_LEASH=//p')
    [ -z "$leash" ] || for stray in $(grep -slzxF "OMNIPLACE_LEASH=$leash" /proc/[0-9]*/environ); do
      stray=${stray#/proc/}
      kill -KILL "${stray%/environ}" 2>/dev/null
    done
  done
}
