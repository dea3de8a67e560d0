import functools
import hashlib
import http.server
import threading
import zipfile

import pytest

from labkit import store


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def shelf(tmp_path):
    """A folder, and the address at which a plain web server gives its files as they are."""
    (tmp_path / "web").mkdir()
    handler = functools.partial(Handler, directory=tmp_path / "web")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield tmp_path / "web", f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_file_that_lies_there_as_it_is(shelf, cache):
    folder, url = shelf
    with zipfile.ZipFile(folder / "pets.zip", "w") as archive:
        archive.writestr("PetImages/Cat/0.jpg", b"meow")
    content = (folder / "pets.zip").read_bytes()
    file = store.DataFile("pets.zip", hashlib.sha256(content).hexdigest(), len(content))
    wanted = store.FileSet("pets", (file,), (store.WebFolder(url, suffix=""),), advice="")
    assert store.fetch_files(wanted)["pets.zip"].read_bytes() == content
