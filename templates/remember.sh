# Remembers on this host a run that ends: a line in `runs`, the digests of files that it put, in `wrote`, and, where it made a
# deployment the desired one, `desired`. A folder without anything of the cluster remembers nothing. The caller defines, before this text:
#   folder  of the cluster     line  of the run     wrote  lines, or nothing     desired  what should run from now on; empty: what it was
umask 077
remember() {
  { tail -n 199 "$folder/runs" 2>/dev/null; printf '%s\n' "$line"; } >"$folder/.runs.new" && mv -f -- "$folder/.runs.new" "$folder/runs" || return
  [ -z "$wrote" ] || { { tail -n 150 "$folder/wrote" 2>/dev/null; printf '%s\n' "$wrote"; } >"$folder/.wrote.new" && mv -f -- "$folder/.wrote.new" "$folder/wrote"; } || return
  [ -z "$desired" ] || { printf '%s\n' "$desired" >"$folder/.desired.new" && mv -f -- "$folder/.desired.new" "$folder/desired"; }
}
[ -z "$(find "$folder" -mindepth 1 -maxdepth 1 ! -name run ! -name lease ! -name .lease)" ] || remember || {
  rm -f -- "$folder/.runs.new" "$folder/.wrote.new" "$folder/.desired.new"
  echo omniplace-not-remembered
}
