# Holds every packet of the netfilter queues 1 and 2 for argv[1] milliseconds, then lets it pass. Only metadata is copied:
# packets stay in the kernel. Speaks nfnetlink_queue by hand, so no library and no compiler is needed.
import collections, os, select, socket, struct, sys, time

DELAY = float(sys.argv[1]) / 1000  # seconds
QUEUE_SUBSYSTEM, PACKET, CONFIG, VERDICT_BATCH = 3 << 8, 0, 2, 3
MAX_PACKETS = 1 << 17


def message(kind, queue, *attributes):
    body = struct.pack("!BBH", 0, 0, queue)
    for name, value in attributes:
        body += struct.pack("=HH", len(value) + 4, name) + value + b"\0" * (-len(value) % 4)
    return struct.pack("=IHHII", len(body) + 16, QUEUE_SUBSYSTEM | kind, 1, 0, 0) + body


def bind(queue):
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    link.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
    link.bind((0, 0))
    link.send(message(CONFIG, queue, (1, struct.pack("!BBH", 1, 0, 0))))
    link.send(message(CONFIG, queue, (2, struct.pack("!IB", 0, 1)), (3, struct.pack("!I", MAX_PACKETS))))
    # fail open when full; segments offloaded to the card come whole
    link.send(message(CONFIG, queue, (4, struct.pack("!I", 5)), (5, struct.pack("!I", 5))))
    return link


def packet_ids(data):
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if kind == QUEUE_SUBSYSTEM | PACKET:
            attribute = at + 20
            while attribute + 4 <= at + length:
                size, name = struct.unpack_from("=HH", data, attribute)
                if name == 1:  # NFQA_PACKET_HDR
                    yield struct.unpack_from("!I", data, attribute + 4)[0]
                    break
                attribute += (size + 3) & ~3
        at += (length + 3) & ~3


queues = {bind(queue): (queue, collections.deque()) for queue in (1, 2)}
# in one write: the reader closes the pipe at once
os.write(1, b"ready\n")
while True:
    due = min((waiting[0][0] for _, waiting in queues.values() if waiting), default=None)
    timeout = None if due is None else max(0, due - time.monotonic())
    for link in select.select(list(queues), [], [], timeout)[0]:
        try:
            data = link.recv(1 << 20)
        except OSError:
            continue
        release = time.monotonic() + DELAY
        queues[link][1].extend((release, packet) for packet in packet_ids(data))
    now = time.monotonic()
    for link, (queue, waiting) in queues.items():
        last = None
        while waiting and waiting[0][0] <= now:
            last = waiting.popleft()[1]
        if last is not None:
            link.send(message(VERDICT_BATCH, queue, (2, struct.pack("!II", 1, last))))
