# Appends standard input to an unfinished file, and counts the digest of all of it on the way. Before this text: part, offset
# (bytes of it that are right), unpack (cat, gzip -dc, zstd -dc), digest. Prints `at BYTES` twice a second, and the digest at the end.
umask 077
# when the connection is gone, so are our streams: what has arrived stays for the next time
trap '' PIPE
if [ "$(stat -c %s -- "$part")" != "$offset" ]; then truncate -s "$offset" -- "$part" || exit 73; fi
exec 4>&1
(while sleep 0.5; do stat -c 'at %s' -- "$part"; done) </dev/null 2>/dev/null &
ticker=$!
failed() {
  echo "failed $1" >&4
  df -Pk -- "$part" | awk 'NR > 1 && match($0, / [0-9]+ +[0-9]+% /) {
    split(substr($0, RSTART), word, " ")
    printf "free %.0f %s\n", word[1] * 1024, substr($0, RSTART + RLENGTH)
  }' >&4
}
sum=$(
  {
    cat -- "$part" || failed reading
    echo begun >&4
    # tee by itself would read on when the disk is full
    { $unpack || failed unpacking; } | { tee --output-error=exit -a -- "$part" || failed writing; }
  } | digest
)
kill "$ticker" 2>/dev/null
stat -c 'at %s' -- "$part"
printf '%s\n' "$sum"
