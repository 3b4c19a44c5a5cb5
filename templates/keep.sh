# Keeps the generation that has just served, to go back to: a folder of its own in generations/, and a line in
# generations/kept. Small files are copied, so that an edit by hand can't change both; large ones and the code are hard links,
# which nothing of ours ever writes into: put and sync replace names. The caller defines, before this text:
#   folder  of the cluster     generation, name, line   its digest, its folder, its line     record   what desired.json holds
#   image   reference          trees  calls `tree` for each   small, large CMD..   run CMD on these files, relative to folder
umask 077
all=$folder/generations
new=$all/.new
keep() {
  # the last one may have been killed
  rm -rf -- "$new"
  mkdir -p -- "$new/files" && small copy && large link || return
  docker image inspect --format '{{.Id}}' -- "$image" >"$new/image" || return
  trees || return
  printf '%s\n' "$record" >"$new/desired.json" || return
  rm -rf -- "${all:?}/$name"
  mv -- "$new" "$all/$name"
}
copy() {
  for file do mkdir -p -- "$new/files/${file%/*}" && cp -p -- "$folder/$file" "$new/files/$file" || return; done
}
link() {
  for file do mkdir -p -- "$new/files/${file%/*}" && ln -- "$folder/$file" "$new/files/$file" || return; done
}
# $1 its folder here, $2 its digest, $3 where it is in use, $4 the file with the digest that is there. The sums show later
# whether the files were changed; files that are kept already need not be read again
tree() {
  [ "$(cat "$4")" = "$2" ] || return
  printf '%s\n' "$2" >"$new/$1.digest"
  for before in "$all"/*/"$1.digest"; do
    [ "$(cat "$before" 2>/dev/null)" = "$2" ] || continue
    cp -al -- "${before%.digest}" "$new/$1" && cp -p -- "${before%.digest}.sums" "$new/$1.sums"
    return
  done
  cp -al -- "$3" "$new/$1" || return
  (cd -- "$new/$1" && find . \( -name __pycache__ -o -name .git \) -prune -o -type f -print0 | xargs -0 -r sha256sum --) >"$new/$1.sums"
}
# those before the last five that served are deleted
list() {
  found=$(grep -F "\"generation\":\"$generation\"" "$all/kept" 2>/dev/null)
  {
    [ ! -f "$all/kept" ] || grep -vF "\"generation\":\"$generation\"" "$all/kept"
    printf '%s\n' "${found:-$line}"
  } | tail -n 5 >"$all/.kept.new"
  mv -f -- "$all/.kept.new" "$all/kept" || return
  for old in "$all"/*/; do
    old=${old%/}
    grep -qF "\"generation\":\"${old##*/}" "$all/kept" || rm -rf -- "$old"
  done
}
{ { [ -f "$all/$name/desired.json" ] && grep -qF "\"generation\":\"$generation\"" "$all/kept"; } || keep; } && list || {
  rm -rf -- "$new"
  echo omniplace-not-kept
}
