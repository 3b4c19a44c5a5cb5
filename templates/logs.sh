# Prints the last lines of log files and, when asked, follows them. Every line follows the index of its file. The caller
# defines, before this text: `lines`, how many of each file; `follow`, empty or 1; `nonce`; and calls `show FILE...` after it.
LC_ALL=C
export LC_ALL
show() {
  printf '%s zone %s\n' "$nonce" "$(date +%z)"
  index=0
  for log; do
    written=$(stat -c %Y -- "$log" 2>/dev/null) && printf '%s file %s %s\n' "$nonce" $index "$written"
    if [ -n "$follow" ]; then
      # by name: a server that restarts starts a new file
      end_of "$log" -F &
    elif [ -n "$written" ]; then
      end_of "$log"
    fi
    index=$((index + 1))
  done
  wait
}
# cut where a pipe could mix up the lines of several writers
end_of() {
  file=$1
  shift
  tail -n "$lines" "$@" -- "$file" 2>/dev/null | sed -u -e 's/^\(.\{3800\}\).*$/\1.../' -e "s/^/$index /"
}
