# Passes a large file on from host to host while it still arrives. It lives as long as the controller speaks to it: when its
# standard input ends, or nothing comes for 15 s, it ends with all its ports and connections.
#   arguments: path of the unfinished file, its size when whole, this host's address
#   heard: allow ID TOKEN                     open a port for one host that has TOKEN; it closes when that host has connected
#          pull ID ADDRESS PORT TOKEN         get the rest of the file from there
#          reset                              start again
#          alive
#   sent:  ready | port ID PORT | at BYTES | pulled ID SHA256 | lost ID WHY | full FREE_BYTES
import errno
import hashlib
import hmac
import os
import select
import socket
import sys
import threading
import time

path, size, address = sys.argv[1], int(sys.argv[2]), sys.argv[3]
SILENCE_S = 15
HANDSHAKE_S = 5
COMING_S = 20
POLL_S = 0.02
CHUNK = 1 << 18

file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
saying = threading.Lock()
pulling = threading.Lock()
source = None  # socket of the pull that runs
wanted = None  # number of the last pull asked for
hashed = [hashlib.sha256(), 0]  # of the first so many bytes


def say(*words):
    with saying:
        try:
            os.write(1, (" ".join(str(word) for word in words) + "\n").encode())
        except OSError:
            os._exit(1)


def have():
    return min(os.fstat(file).st_size, size)


def line(sock):
    text = b""
    while not text.endswith(b"\n"):
        byte = sock.recv(1)
        if not byte or len(text) > 200:
            raise OSError("no greeting")
        text += byte
    return text.strip()


def proof(token, nonce, offset):
    # the token itself never travels
    return hmac.new(token.encode(), nonce + b" " + offset, "sha256").hexdigest().encode()


def noticing_silence(sock):
    sock.settimeout(None)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 4)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 4)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)
    sock.setsockopt(socket.IPPROTO_TCP, 18, 12000)  # TCP_USER_TIMEOUT, ms


def allow(number, token):
    try:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind((address, 0))
        listener.listen(4)
    except OSError as error:
        return say("port", number, 0, error.strerror)
    say("port", number, listener.getsockname()[1])
    until = time.monotonic() + COMING_S
    child = None
    try:
        while child is None:
            listener.settimeout(max(0.01, until - time.monotonic()))
            child = welcome(listener.accept()[0], token)
    except OSError:
        return
    finally:
        listener.close()
    give(*child)


def welcome(sock, token):
    try:
        sock.settimeout(HANDSHAKE_S)
        nonce = os.urandom(16).hex().encode()
        sock.sendall(nonce + b"\n")
        offset, answer = line(sock).split(b" ")
        if hmac.compare_digest(answer, proof(token, nonce, offset)):
            return sock, int(offset)
    except (OSError, ValueError):
        pass
    sock.close()
    return None


def give(sock, at):
    try:
        noticing_silence(sock)
        while at < size:
            there = have()
            if there < at:  # started again
                break
            if there == at:
                time.sleep(POLL_S)
                continue
            at += os.sendfile(sock.fileno(), file, at, min(there - at, 1 << 20))
    except OSError:
        pass
    finally:
        sock.close()


def pull(number, host, port, token):
    global source
    with pulling:
        try:
            sock = socket.create_connection((host, int(port)), HANDSHAKE_S)
        except OSError as error:
            return say("lost", number, "can't connect:", error.strerror or error)
        source = sock
        try:
            if number != wanted:
                raise OSError("given up")
            offset = recount()
            nonce = line(sock)
            told = str(offset).encode()
            sock.sendall(told + b" " + proof(token, nonce, told) + b"\n")
            noticing_silence(sock)
            take(sock)
            say("at", hashed[1])
            say("pulled", number, hashed[0].hexdigest())
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                room = os.fstatvfs(file)
                say("full", room.f_bavail * room.f_frsize)
            say("lost", number, error.strerror or error)
        finally:
            source = None
            sock.close()


def recount():
    """The digest of what is there, when it is not known."""
    if os.fstat(file).st_size != hashed[1]:
        hashed[:] = [hashlib.sha256(), 0]
        while hashed[1] < have():
            chunk = os.pread(file, min(CHUNK, have() - hashed[1]), hashed[1])
            hashed[0].update(chunk)
            hashed[1] += len(chunk)
    return hashed[1]


def take(sock):
    buffer = memoryview(bytearray(CHUNK))
    said = 0
    while hashed[1] < size:
        count = sock.recv_into(buffer, min(CHUNK, size - hashed[1]))
        if count == 0:
            raise OSError("it closed the connection")
        done = 0
        while done < count:
            done += os.pwrite(file, buffer[done:count], hashed[1] + done)
        hashed[0].update(buffer[:count])
        hashed[1] += count
        if time.monotonic() - said > 0.5:
            said = time.monotonic()
            say("at", hashed[1])


def hear(words):
    global wanted
    if words[0] == "allow":
        threading.Thread(target=allow, args=words[1:3], daemon=True).start()
    elif words[0] == "pull":
        wanted = words[1]
        hang_up()
        threading.Thread(target=pull, args=words[1:5], daemon=True).start()
    elif words[0] == "reset":
        wanted = None
        hang_up()
        with pulling:
            os.ftruncate(file, 0)


def hang_up():
    sock = source
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


say("ready")
heard = b""
while True:
    ready, _, _ = select.select([0], [], [], SILENCE_S)
    data = os.read(0, 65536) if ready else b""
    if not data:
        os._exit(0)
    heard += data
    *lines, heard = heard.split(b"\n")
    for words in lines:
        if words:
            hear(words.decode().split(" "))
