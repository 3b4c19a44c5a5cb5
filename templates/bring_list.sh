# Lists a folder that large files go to. Before this text: folder. Each name ends with a zero byte, since it may hold anything.
if [ -d "$folder" ]; then
  cd -- "$folder" && find . -type f -printf 'file %s %T@ %P\0' || exit 73
fi
at=$folder
while [ ! -d "$at" ]; do at=$(dirname -- "$at"); done
df -Pk -- "$at" | awk 'NR > 1 && match($0, / [0-9]+ +[0-9]+% /) {
  split(substr($0, RSTART), word, " ")
  printf "free %.0f %s%c", word[1] * 1024, substr($0, RSTART + RLENGTH), 0
}'
