"""Prints for each package where Python imports it from, and the folder of the synced code that should hold it (or nothing)."""
import os
import sys
from importlib.util import find_spec

code, *synced = sys.argv[2:]
held = {"omni": ("omni.accelerators", code), "vllm": ("vllm", code + "/infer_engines/vllm")}
for package, (module, folder) in held.items():
    try:
        found = find_spec(package) and find_spec(module)
    except ImportError:
        found = None
    place = (list(found.submodule_search_locations or []) or [""])[0] if found else ""
    for _ in module.split("."):
        place = os.path.dirname(place)
    wanted = folder if package in synced and os.path.isdir(os.path.join(folder, package)) else ""
    print("%s\t%s\t%s" % (package, place, wanted))
