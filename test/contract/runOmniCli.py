"""Starts nodes of FILE by OmniInfer's own omni_cli: runOmniCli.py FILE NODE.. (c0: its proxy)."""
import sys
import types

# of its commands that change files, which are not run here
for name in ("chardet", "curses", "requests"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["chardet"].detect = None

from omni_cli import main, proxy

file, *nodes = sys.argv[1:]
for node in nodes:
    if node == "c0":
        proxy.omni_run_proxy(file)
    else:
        main.omni_cli_start(file, host_pattern=node, skip_verify_config=True, dev=True)
