"""A server on loopback that misbehaves on request, and small files for it to serve."""

import gzip
import hashlib
import http.server
import random
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest

from labkit import store
from labkit.store.patience import Patience

# Random, so that gzip does not shrink it: a body long enough to be cut anywhere.
CONTENTS = {"first-file": random.Random(0).randbytes(240_000), "second-file": bytes(range(256)) * 500}

BOMB = gzip.compress(bytes(50_000_000), 1)


@dataclass
class Server:
    """What the tests set (`faults`: by file name, a list of what to do in turn) and see (`hits`)."""

    url: str = ""
    faults: dict[str, list[str]] = field(default_factory=dict)
    hits: Counter = field(default_factory=Counter)
    contents: dict[str, bytes] = field(default_factory=dict)

    def next_fault(self, name):
        turns = self.faults.get(name, [])
        return turns.pop(0) if len(turns) > 1 else turns[0] if turns else ""


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server.labkit
        name = self.path.rsplit("/", 1)[1].removesuffix(".gz")
        server.hits[name] += 1
        fault = server.next_fault(name)
        body = gzip.compress(server.contents[name], mtime=0)
        if fault.isdigit():
            self.send_error(int(fault))
            return
        if fault == "no answer":
            time.sleep(3)
            return
        if fault == "wrong bytes":
            body = gzip.compress(b"something else")
        if fault == "not gzip":
            body = b"<html>Please log in to this network</html>"
        if fault == "flood":
            body = bytes(10_000_000)
        if fault == "bomb":
            body = BOMB
        self.send_response(200)
        if fault == "gzip in transit":
            self.send_header("Content-Encoding", "gzip")
        lengths = {"length in words": "many", "length below zero": "-5", "length in floats": "1e9"}
        self.send_header("Content-Length", lengths.get(fault, str(len(body))))
        self.end_headers()
        if fault == "truncated":
            self.wfile.write(body[: len(body) // 2])
        elif fault == "reset":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            time.sleep(0.05)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif fault == "stall":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            time.sleep(3)
        elif fault == "slow":
            for start in range(0, len(body), len(body) // 10):
                self.wfile.write(body[start : start + len(body) // 10])
                self.wfile.flush()
                time.sleep(0.05)
        elif fault == "steady trickle":  # 8 kB a second, in small pieces
            for start in range(0, len(body), 2000):
                self.wfile.write(body[start : start + 2000])
                self.wfile.flush()
                time.sleep(0.25)
        else:
            self.wfile.write(body)


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 32

    def handle_error(self, *_):
        pass  # a client that hangs up is what half of these tests are about


def serve(contents):
    web = QuietServer(("127.0.0.1", 0), Handler)
    web.labkit = Server(url=f"http://127.0.0.1:{web.server_address[1]}/data/", contents=contents)
    threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True).start()
    return web


@pytest.fixture
def server():
    web = serve(CONTENTS)
    yield web.labkit
    web.shutdown()
    web.server_close()


@pytest.fixture
def second_server():
    web = serve(CONTENTS)
    yield web.labkit
    web.shutdown()
    web.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own, and an environment in which nothing else is set."""
    for name in ("LABKIT_DATA", "LABKIT_OFFLINE", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "cache"
    monkeypatch.setenv("LABKIT_CACHE", str(folder))
    monkeypatch.setattr("labkit.store.web.BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr("labkit.store.fetching._patience_here", Patience())
    monkeypatch.setattr("labkit.store.fetching._unreachable_here", {})
    return folder


@pytest.fixture
def patience():
    return Patience(total=4.0, longest=0.8)


def file_set(*sources, names=("first-file",), contents=CONTENTS, name="pictures"):
    files = tuple(
        store.DataFile(file, hashlib.sha256(contents[file]).hexdigest(), len(contents[file])) for file in names
    )
    return store.FileSet(name, files, sources, advice="plug in the cable.")


@pytest.fixture
def pictures(server):
    """The usual set: one file, from the one server."""
    return file_set(store.WebFolder(server.url))


@pytest.fixture
def make_set():
    return file_set


def nobody_home():
    """Give an address on loopback that refuses connections."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/data/"


@pytest.fixture
def dead_address():
    return nobody_home()


@pytest.fixture
def silent_address():
    """An address that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/data/"
