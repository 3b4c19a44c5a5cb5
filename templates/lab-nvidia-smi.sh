#!/bin/sh
# The driver's nvidia-smi, as far as it is asked: GPUs that are well, hold no memory and run nothing.
gpus=$(ls /dev | sed -n 's/^nvidia\([0-9][0-9]*\)$/\1/p' | sort -n)
version=$(sed -n 's/.*Kernel Module *\([0-9.]*\).*/\1/p' /proc/driver/nvidia/version)

value() {
  case $2 in
    index) echo "$1" ;;
    name) echo 'NVIDIA H100 80GB HBM3' ;;
    uuid) printf 'GPU-00000000-0000-0000-0000-%012d\n' "$1" ;;
    mig.mode.current) echo Disabled ;;
    memory.total) echo "81559${unit:+ MiB}" ;;
    memory.used) echo "0${unit:+ MiB}" ;;
    temperature.gpu) echo 31 ;;
    ecc.errors.uncorrected.volatile.total) echo 0 ;;
    driver_version) echo "$version" ;;
    *) return 1 ;;
  esac
}

query() {
  fields=$(echo "$1" | tr ',' ' ')
  for gpu in $gpus; do
    line=
    for field in $fields; do
      found=$(value "$gpu" "$field") || { echo "Field \"$field\" is not a valid field to query." && exit 2; }
      line=${line:+$line, }$found
    done
    echo "$line"
  done
}

case "$*" in
  '')
    echo "NVIDIA-SMI $version    Driver Version: $version    CUDA Version: 13.0"
    ;;
  -L) for gpu in $gpus; do echo "GPU $gpu: $(value "$gpu" name) (UUID: $(value "$gpu" uuid))"; done ;;
  'pmon -c 1')
    echo '# gpu         pid   type     sm    mem    enc    dec    jpg    ofa    command '
    echo '# Idx           #    C/G      %      %      %      %      %      %    name '
    for gpu in $gpus; do printf '%5d          -     -      -      -      -      -      -      -    -              \n' "$gpu"; done
    ;;
  --query-gpu=*)
    list=${1#--query-gpu=}
    case "$2" in
      --format=csv,noheader,nounits) unit= ;;
      --format=csv,noheader) unit=yes ;;
      *) echo "$list" | sed 's/,/, /g' && unit=yes ;;
    esac
    query "$list"
    ;;
  *)
    echo "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help." >&2
    exit 6
    ;;
esac
