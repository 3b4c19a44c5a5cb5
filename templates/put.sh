# Receives files on standard input. Each arrives in a hidden folder next to its target and takes its
# name only when all are complete on the disk and have the right digest. The caller defines, before this text:
#   stage      name of the hidden folders          needs     bytes needed in each folder, in order
#   arrive     receives what is sent               copies    brings what the host has already
#   digests    prints the digest of each file      expected  what these should be, in order
#   folders, stages, staged CMD..   runs CMD on all of them
#   place      moves every file to its name        as_found  `is` lines contain what each was when its replacement was planned
umask 022
# when the connection is gone, so are our streams: cleaning up must not die of that
trap '' PIPE
clean() { stages rm -rf --; }
fail() {
  clean
  exit "$1"
}
trap 'fail 143' TERM HUP INT
stages mkdir -p -- || fail 73
folders df -Pk -- | awk -v needs="$needs" '
  BEGIN { split(needs, need, " ") }
  NR > 1 { wanted[$NF] += need[NR - 1]; free[$NF] = $(NF - 2) * 1024 }
  END { for (at in wanted) if (wanted[at] > free[at]) { printf "no-room %.0f %.0f %s\n", free[at], wanted[at], at; exit 1 } }
' || fail 71
# $1 bytes, $2 file: the disk writes one part while the next arrives. What it can't write takes the file away, so that it is missed
parts() {
  left=$1
  while [ "$left" -gt 16777216 ]; do
    take 16777216 || return
    left=$((left - 16777216))
    { sync -d -- "$2" || rm -f -- "$2"; } >/dev/null 2>&1 &
  done
  take "$left"
}
# $1 bytes, $2 file
receive() {
  said=$(umask 077 && parts "$1" "$2" 2>&1 >"$2") && return
  printf '%s\n' "$said" >&2
  return 1
}
arrive && copies || {
  folders df -Pk -- | awk 'NR > 1 { printf "free %.0f %s\n", $(NF - 2) * 1024, $NF }'
  fail 73
}
staged sync -- &
syncing=$!
actual=$(digests | sed 's/^\\//' | cut -c 1-64)
[ "$actual" = "$expected" ] || {
  printf 'digest %s\n' $actual
  fail 72
}
wait $syncing || fail 73
# $1 file, $2 sha256 it had (empty: none), $3 the one it is to have
is() {
  sum=$(sha256sum -- "$1" 2>/dev/null | sed 's/^\\//' | cut -c 1-64)
  [ "$sum" = "$2" ] || [ "$sum" = "$3" ] || printf 'changed %s\n' "$1"
}
changed=$(as_found)
[ -z "$changed" ] || {
  printf '%s\n' "$changed"
  fail 74
}
place || fail 73
stages rmdir --
folders sync --
