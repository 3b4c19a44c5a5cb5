# Makes Python import the synced code, as OmniInfer's playbook does. Run by bash in the container, with the environment that the
# image keeps in ~/.bashrc. $1 folder of the code, $2 `keep` where a wheel of omni_placement is installed too.
set -eu
pip() { python3 -m pip --disable-pip-version-check "$@"; }
cd "$1"
pip uninstall -y omni_infer >/dev/null 2>&1 || true
pip install --no-index --no-deps --no-build-isolation --no-warn-script-location --root-user-action ignore -e .
# where OmniPlacement is part of the code, a package of its own is an older copy
if [ "$2" != keep ] && [ -d omni/accelerators/placement/omni_placement ]; then
  pip uninstall -y omni_placement >/dev/null 2>&1 || true
fi
cd /
python3 -c '
import sys
from importlib.util import find_spec
# a package without a file of its own: only what is in it has a place
found = find_spec("omni") and find_spec("omni.accelerators")
places = list(found.submodule_search_locations or []) if found else []
if not any(place.startswith(sys.argv[1] + "/") for place in places):
    sys.exit("Python imports omni from %s, not from %s" % (", ".join(places) or "nowhere", sys.argv[1]))
' "$1"
