# NVIDIA's part of the probe, behind probe.sh.
image_variables='"CUDA_VERSION" "NVIDIA_REQUIRE_CUDA" "NVIDIA_DISABLE_REQUIRE"'
driver_versions() {
  [ ! -r /proc/driver/nvidia/version ] ||
    sed -n 's/^NVRM version:.*Kernel Module[^0-9]*\([0-9.]*\).*/driver \1/p' /proc/driver/nvidia/version
  [ ! -r /usr/local/cuda/version.json ] ||
    tr -d ' \n' < /usr/local/cuda/version.json | sed -n 's/.*"cuda":{[^}]*"version":"\([^"]*\)".*/cuda \1/p'
}
rdma() {
  mark rdma
  for port in /sys/class/infiniband/*/ports/*; do
    [ -r "$port/state" ] || continue
    device=${port%/ports/*}
    read -r state < "$port/state"
    read -r layer < "$port/link_layer"
    driver=$(readlink "$device/device/driver")
    echo "${device##*/} $layer ${state#*: } ${driver##*/}"
  done
  [ ! -e /dev/infiniband ] || echo nodes
  [ ! -d /sys/module/nvidia_peermem ] || echo peer-memory
}
die_processes() {
  rdma
  mark die-nodes
  echo /dev/nvidia[0-9]*
  ask_driver nvidia-smi pmon -c 1 || return 0
  mark die-processes
  printf '%s\n' "$busy"
  die_pids=$(printf '%s\n' "$busy" | sed -n 's,^ *[0-9][0-9]* *\([0-9][0-9]*\) .*,pid=\1,p')
  mark die-states
  within $patience nvidia-smi --query-gpu=index,mig.mode.current,memory.total,memory.used --format=csv,noheader,nounits 2>/dev/null
}
