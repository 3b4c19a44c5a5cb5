# Windows of OmniPlacement: at each start its engine makes a folder that is named by the time, and writes a file for each window.
# The starts in the current folder, in order
dump_starts() { ls -1 | grep -xE '[0-9]{8}_[0-9]{6}' | sort; }
# the numbers of the windows in the current folder
dump_steps() { ls -1U | sed -n 's/^activation_counts_recordstep_\([0-9]\{1,\}\)_rank_0\.txt$/\1/p'; }
# $1 the number of a window: its file
dump_file() { printf 'activation_counts_recordstep_%s_rank_0.txt\n' "$1"; }
# NUL-separated `SIZE START/FILE` of standard input, in the order of the windows
by_dump_step() { sort -z -t _ -k 5,5n; }
# $1 a start: how often experts were swapped in it while the engine served
live_epoch() { ls -1 "$1/live-map/maps" 2>/dev/null | sed -n 's/^\([0-9]\{1,\}\)\.json$/\1/p' | sort -n | tail -n 1; }
