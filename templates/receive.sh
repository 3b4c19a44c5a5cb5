# Makes a folder equal to the tar stream on standard input, for hosts without rsync. The stream is unpacked whole beside
# it first; then the entries change places, so that the folder itself stays (containers have it mounted).
# The caller defines `to` and `stage` before this text.
umask 022
# when the connection is gone, so are our streams: cleaning up must not die of that
trap '' PIPE
trap 'rm -rf -- "$stage"; exit 143' TERM HUP INT
fail() {
  rm -rf -- "$stage"
  exit 73
}
mkdir -p -- "$to" "$stage" || fail
tar -C "$stage" -x -p -o -f - || fail
find "$to" -mindepth 1 -maxdepth 1 -exec rm -rf -- {} + || fail
find "$stage" -mindepth 1 -maxdepth 1 -exec mv -f -- {} "$to"/ \; || fail
rmdir -- "$stage"
