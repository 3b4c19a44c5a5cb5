# Makes a folder equal to what `fill` brings into another next to it (a tar stream on standard input, for hosts without rsync,
# or a folder of the host). That one is filled whole first; then file after file takes its place by a rename, and what is not in it goes last: containers have the
# folder mounted and read it meanwhile. As with rsync, .git and __pycache__ there stay where they are.
# The caller defines `to`, `stage` and `fill` before this text.
umask 022
# when the connection is gone, so are our streams: cleaning up must not die of that
trap '' PIPE
trap 'rm -rf -- "$stage"; exit 143' TERM HUP INT
fail() {
  rm -rf -- "$stage"
  exit 73
}
mkdir -p -- "$to" "$stage" || fail
fill || fail

# folders, parents first
cd -- "$stage" || fail
find . -mindepth 1 -type d -exec sh -c '
  to=$1; shift
  for folder do
    if [ -L "$to/$folder" ] || [ ! -d "$to/$folder" ]; then
      rm -f -- "$to/$folder" && mkdir -- "$to/$folder" || exit
    fi
    chmod "$(stat -c %a -- "$folder")" "$to/$folder" || exit
  done' sh "$to" {} + || fail

# their files; an empty one stays behind for each, to know it by below
export braces='{}' place='
  to=$1; shift
  for file do
    [ -L "$to/${file##*/}" ] || [ ! -d "$to/${file##*/}" ] || rm -rf -- "$to/${file##*/}" || exit
  done
  mv -f -- "$@" "$to/" || exit
  for file do : > "$file"; done'
find . -type d -exec sh -c '
  to=$1; shift
  for folder do
    find "$folder" -mindepth 1 -maxdepth 1 ! -type d -exec sh -c "$place" sh "$to/$folder" "$braces" + || exit
  done' sh "$to" {} + || fail

# what is not in it; a folder that holds what stays is kept for it
cd -- "$to" || fail
find . -mindepth 1 \( -name .git -o -name __pycache__ \) -prune -o ! -type d -exec sh -c '
  stage=$1; shift
  for file do [ -f "$stage/$file" ] || rm -f -- "$file" || exit; done' sh "$stage" {} + || fail
find . -mindepth 1 -depth -type d ! -path "*/.git" ! -path "*/.git/*" ! -path "*/__pycache__" ! -path "*/__pycache__/*" \
  -exec sh -c '
  stage=$1; shift
  for folder do [ -d "$stage/$folder" ] || rmdir -- "$folder" 2>/dev/null; done
  exit 0' sh "$stage" {} + || fail
cd / && rm -rf -- "$stage"
