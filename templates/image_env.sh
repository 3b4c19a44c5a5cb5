# The image keeps its environment (libraries of the driver, paths of Python) only in ~/.bashrc. That file is made for bash,
# may use names that are not set, and may end early.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0"
set +o posix
[ ! -f ~/.bashrc ] || . ~/.bashrc || true
set -eu
