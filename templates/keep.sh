# Keeps the generation that has just served, to go back to: a folder of its own in generations/, and a line in
# generations/kept. Small files are copied, so that an edit by hand can't change both; large ones and the code are hard links,
# which nothing of ours ever writes into: put and sync replace names. The caller defines, before this text:
#   folder  of the cluster     generation, name, line   its digest, its folder, its line     record   what desired.json holds
#   image   reference          code  digest, or empty   small, large CMD..   run CMD on these files, relative to folder
umask 077
all=$folder/generations
new=$all/.new
keep() {
  # the last one may have been killed
  rm -rf -- "$new"
  mkdir -p -- "$new/files" && small copy && large link || return
  docker image inspect --format '{{.Id}}' -- "$image" >"$new/image" || return
  [ -z "$code" ] || keep_code || return
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
# the sums show later whether the files were changed; files that are kept already need not be read again
keep_code() {
  [ "$(cat "$folder/code/digest")" = "$code" ] || return
  printf '%s\n' "$code" >"$new/code.digest"
  for before in "$all"/*/code.digest; do
    [ "$(cat "$before" 2>/dev/null)" = "$code" ] || continue
    cp -al -- "${before%.digest}" "$new/code" && cp -p -- "${before%.digest}.sums" "$new/code.sums"
    return
  done
  cp -al -- "$folder/code/omniinfer" "$new/code" || return
  (cd -- "$new/code" && find . \( -name __pycache__ -o -name .git \) -prune -o -type f -print0 | xargs -0 -r sha256sum --) >"$new/code.sums"
}
# those before the last two that served are let go
list() {
  found=$(grep -F "\"generation\":\"$generation\"" "$all/kept" 2>/dev/null)
  {
    [ ! -f "$all/kept" ] || grep -vF "\"generation\":\"$generation\"" "$all/kept"
    printf '%s\n' "${found:-$line}"
  } | tail -n 2 >"$all/.kept.new"
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
