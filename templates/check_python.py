"""Exits 1 unless Python is one that OmniInfer runs on, and each wheel named is what is installed."""
import sys
from importlib import metadata

problems = []
if not (3, 9) <= sys.version_info[:2] <= (3, 11):
    problems.append("Python %d.%d.%d is in the container; OmniInfer needs 3.9 to 3.11" % sys.version_info[:3])
for wheel in sys.argv[1:]:
    name, wanted = wheel.rsplit("/", 1)[-1].split("-")[:2]
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        problems.append("%s is not installed; %s should be" % (name, wanted))
        continue
    if found.replace("-", "_") != wanted:
        problems.append("%s %s is installed; %s should be" % (name, found, wanted))
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
