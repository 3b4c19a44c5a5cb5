# Pings addresses of other hosts' dies from dies of this one, side by side. Arguments: DIE=ADDRESS.
# Output of the tool without packet counts (an older tool) is not an answer: it is skipped.
reach() {
  said=$(timeout 5 hccn_tool -i "$1" -ping -g address "$2" pkt 1 2>&1)
  case $?:$said in
    124:*) echo "die $1 got no answer from $2 within 5 s" ;;
    *' 0 received'* | *' 100% packet loss'* | *' 100.0'*'% packet loss'*) echo "die $1 can not reach $2" ;;
  esac
}
lost=$(
  for pair; do reach "${pair%%=*}" "${pair#*=}" & done
  wait
)
[ -z "$lost" ] || {
  printf '%s\n' "$lost" | sort
  exit 1
}
