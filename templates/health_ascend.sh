# Whether dies are well: behind probe.sh.
die_health() {
  mark die-health
  ! has npu-smi || within $patience npu-smi info 2>/dev/null
}
