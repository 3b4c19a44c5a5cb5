#!/bin/sh
# The accelerator driver's npu-smi, as far as people look at it: `npu-smi info` and `npu-smi info -l`.
dies=$(sed -n 's/^address_\([0-9]*\)=.*/\1/p' /etc/hccn.conf)
case "$*" in
  info)
    echo '+------------------------------------------------------------------------------+'
    echo '| npu-smi lab                      Version: lab                                |'
    echo '+---------------------------+---------------+----------------------------------+'
    echo '| NPU   Name                | Health        | Power(W)    Temp(C)              |'
    echo '+===========================+===============+==================================+'
    for die in $dies; do printf '| %-5s %-19s | %-13s | %-11s %-20s |\n' "$die" simulated OK 0.0 25; done
    echo '+---------------------------+---------------+----------------------------------+'
    ;;
  'info -l')
    echo "        Total Count                    : $(echo $dies | wc -w)"
    for die in $dies; do
      echo
      echo "        NPU ID                         : $die"
      echo '        Chip Count                     : 1'
    done
    ;;
  *)
    echo 'usage: npu-smi info [-l]' >&2
    exit 1
    ;;
esac
