# Ascend's part of the probe, behind probe.sh.
driver_versions() {
  version_in driver "$ascend_driver/driver/version.info"
  version_in firmware "$ascend_driver/firmware/version.info"
  for info in /usr/local/Ascend/ascend-toolkit/latest/*/ascend_toolkit_install.info; do version_in cann "$info"; done
  mark driver-folder
  for folder in "$ascend_driver/driver" /usr/local/Ascend/driver; do
    if [ -d "$folder" ]; then
      echo "$folder"
      break
    fi
  done
}
device_ips() {
  mark device-ips
  if has hccn_tool; then
    # side by side: a driver takes its time
    for die; do
      { answer=$(within $patience hccn_tool -i "$die" -ip -g 2>/dev/null) && printf 'die %s %s\n' "$die" "${answer%%
*}"; } &
    done
    wait
  fi
  mark hccn-tool
  ! has hccn_tool || echo hccn_tool
  mark hccn-conf
  [ ! -r /etc/hccn.conf ] || cat /etc/hccn.conf
}
die_processes() {
  mark die-nodes
  echo /dev/davinci[0-9]*
  ask_driver npu-smi info || return 0
  mark die-processes
  printf '%s\n' "$busy"
  die_pids=$(printf '%s\n' "$busy" | sed -n 's;^|* *[0-9][0-9]* *[0-9]* *|* *\([0-9][0-9]*\) .*;pid=\1;p')
}
