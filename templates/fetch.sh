# Lists files, and sends them as one tar stream. The caller defines `nonce` before this text and calls one of
# these functions after it. Names of files come and go NUL-separated, since they may hold anything else.
LC_ALL=C
export LC_ALL
free() {
  printf '%s free %s\n%s files\n' "$nonce" "$(df -Pk -- "$1" 2>/dev/null | awk 'END { print $(NF - 2) }')" "$nonce"
}
# every file below a folder
list_folder() {
  free "$1"
  cd -- "$1" 2>/dev/null || return 0
  find . -type f -printf '%s %P\0'
}
# $1 dump folder, $2 `newest` or `all`: the files of the starts in it, by the engine's own functions. $3 of each start only so
# many, the newest; empty: all. $4 a file below the folder of a start that exists once experts were swapped; empty: none does
list_dumps() {
  free "$1"
  cd -- "$1" 2>/dev/null || return 0
  stamps=$(dump_starts)
  [ "$2" = all ] || stamps=$(printf '%s\n' "$stamps" | tail -n 1)
  [ -z "$stamps" ] || for stamp in $stamps; do
    find "$stamp" -maxdepth 1 -type f -printf '%s %p\0' |
      if [ -z "${3:-}" ]; then cat; else by_dump_step | tail -z -n "$3"; fi
    [ -z "${4:-}" ] || find "$stamp/$4" -printf '%s %p\0' 2>/dev/null || :
  done
}
# a file that grows meanwhile is not an error: it is sent with its size when tar read it; one that is gone is detected later
send() {
  cd -- "$1" || exit
  tar -c -f - --format=pax --null --no-recursion --ignore-failed-read --verbatim-files-from -T -
  code=$?
  [ $code -le 1 ] || exit $code
}
sums() {
  cd -- "$1" && xargs -0 -r sha256sum --zero --
}
# $1 folder, then SIZE NAME pairs: digests of the first SIZE bytes
first_sums() {
  cd -- "$1" || exit
  shift
  while [ $# -gt 0 ]; do
    printf '%s  %s\0' "$(head -c "$1" -- "$2" | sha256sum | cut -c 1-64)" "$2"
    shift 2
  done
}
