# PID 1 of a process namespace: runs a command to its end and writes what it and all it left behind (ssh masters) took.
#   meter.py OUT COMMAND...
import glob, json, os, resource, signal, subprocess, sys, threading, time

out, command = sys.argv[1], sys.argv[2:]
peak_kb = 0
over = threading.Event()


def proportional_kb():
    total = 0
    for path in glob.glob("/proc/[0-9]*/smaps_rollup"):
        if path.split("/")[2] == "1":
            continue
        try:
            with open(path) as lines:
                total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
        except OSError:
            pass
    return total


def sample():
    global peak_kb
    pause = 0.05
    while not over.wait(pause):
        began = time.monotonic()
        peak_kb = max(peak_kb, proportional_kb())
        # looking must not become the load
        pause = max(0.05, 30 * (time.monotonic() - began))


sampler = threading.Thread(target=sample)
sampler.start()
began = time.monotonic()
code = subprocess.Popen(command).wait()
wall = time.monotonic() - began
over.set()
sampler.join()
try:
    os.kill(-1, signal.SIGKILL)
except ProcessLookupError:
    pass
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(out, "w") as file:
    json.dump(
        {
            "code": code,
            "wallS": wall,
            "cpuS": used.ru_utime + used.ru_stime,
            # one process between two looks is not missed
            "peakMb": max(peak_kb, used.ru_maxrss) / 1024,
        },
        file,
    )
