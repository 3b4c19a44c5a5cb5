# Whether dies are well: behind probe.sh.
die_health() {
  mark die-health
  ! has nvidia-smi ||
    within $patience nvidia-smi --query-gpu=index,temperature.gpu,ecc.errors.uncorrected.volatile.total --format=csv,noheader,nounits 2>/dev/null
}
