# What a host has of a large file. Before this text: folder, stem and part (path of the unfinished file), size, verify (1: hash it), digest.
umask 022
mkdir -p -- "$folder" || exit 73
umask 077
# unfinished files of sources that are no more
for old in "$folder/$stem".*.omniplace-part; do
  [ "$old" = "$part" ] || rm -f -- "$old"
done
: >>"$part" || exit 73
have=$(stat -c %s -- "$part") || exit 73
if [ "$have" -gt "$size" ]; then
  : >"$part"
  have=0
fi
# the name of a device or a mount may contain spaces: the percentage separates them
df -Pk -- "$folder" | awk -v need=$((size - have)) '
  NR > 1 && match($0, / [0-9]+ +[0-9]+% /) {
    split(substr($0, RSTART), word, " ")
    free = word[1] * 1024
    if (free < need) { printf "no-room %.0f %.0f %s\n", free, need, substr($0, RSTART + RLENGTH); exit 1 }
  }
' || {
  [ "$have" -gt 0 ] || rm -f -- "$part"
  exit 71
}
for tool in gzip zstd; do
  if command -v "$tool" >/dev/null; then echo "tool $tool"; fi
done
echo "have $have"
[ "$verify" = 0 ] || [ "$have" = 0 ] || digest <"$part"
