# decode computes with weights in a format that CANN's list of operators lacks: OmniInfer's own script adds it, once
for cann in /usr/local/Ascend/ascend-toolkit/latest /usr/local/Ascend/latest; do
  operators=$cann/opp/built-in/op_impl/ai_core/tbe/config/ascend910_93/aic-ascend910_93-ops-info.json
  [ -f "$operators" ] || continue
  python process_nz_config.py "$operators" || echo "process_nz_config.py failed; the server starts without it" >&2
  break
done
