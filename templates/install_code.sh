# Makes Python import the synced code, as OmniInfer's playbook does. Run by bash in the container, with the environment that the
# image keeps in ~/.bashrc. $1 folder of the code, then the names of packages that a wheel brings: these are left alone.
set -eu
code=$1
shift
kept=" $* "
vllm=infer_engines/vllm
steps=infer_engines/bash_install_code.sh
patches=omni/adaptors/vllm/patches
pip() { python3 -m pip --disable-pip-version-check "$@"; }
editable() { pip install --no-index --no-deps --no-build-isolation --no-warn-script-location --root-user-action ignore -e "$1"; }
brought() { case $kept in *" $1 "*) ;; *) return 1 ;; esac; }
cd "$code"

# the playbook patches vLLM on the host by git, whose folders are not synced: here it has to be patched already
if [ -e "$vllm/setup.py" ] && ! brought vllm; then
  last=$(sed -n 's|^git apply .*/\([^/]*\.patch\)$|\1|p' "$steps" 2>/dev/null | tail -n 1)
  if [ -n "$last" ] && command -v git >/dev/null && ! (cd "$vllm" && git apply --reverse --check "$code/$patches/$last" 2>/dev/null); then
    echo "$vllm is not patched: $last, the last patch that $steps applies, is missing." \
      "Run it in infer_engines of the code on the machine that runs omniplace, then repeat" >&2
    exit 1
  fi
  version=$(sed -n 's/^git checkout v//p' "$steps" 2>/dev/null | head -n 1)
  pip uninstall -y vllm >/dev/null 2>&1 || true
  SETUPTOOLS_SCM_PRETEND_VERSION=${version:-0.0.0} VLLM_TARGET_DEVICE=empty editable "$vllm"
  imported="vllm"
fi
pip uninstall -y omni_infer >/dev/null 2>&1 || true
editable .
# where OmniPlacement is part of the code, a package of its own is an older copy
if ! brought omni_placement && [ -d omni/accelerators/placement/omni_placement ]; then
  pip uninstall -y omni_placement >/dev/null 2>&1 || true
fi
cd /
# omni is a package without a file of its own: only what is in it has a place
python3 -c '
import sys
from importlib.util import find_spec
for package in sys.argv[2:]:
    found = find_spec(package.split(".")[0]) and find_spec(package)
    places = list(found.submodule_search_locations or []) if found else []
    if not any(place.startswith(sys.argv[1] + "/") for place in places):
        name = package.split(".")[0]
        sys.exit("Python imports %s from %s, not from %s" % (name, ", ".join(places) or "nowhere", sys.argv[1]))
' "$code" omni.accelerators ${imported:-}
