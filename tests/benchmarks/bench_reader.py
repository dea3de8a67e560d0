"""What one reader takes of a machine, chapter by chapter: `python tests/benchmarks/bench_reader.py [NN …]`.

Each chapter runs from top to bottom in a kernel of its own, as for a reader of JupyterLab. Its memory is the most that
the kernel held at any time, what TensorFlow keeps for its threads included; its processor time is that of all cores
together, first start included. The time between two cells, when a reader reads, costs nothing. JupyterLab itself is
measured once, as a single user's server with nothing open.
"""

import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
BOUND = 4.0  # GB: what a chapter may need
USED = """
import resource
_used = resource.getrusage(resource.RUSAGE_SELF)
print(_used.ru_maxrss / 1e6, _used.ru_utime + _used.ru_stime)
"""


def chapter_usage(path):
    """Return the peak memory in GB and the processor seconds of a chapter's kernel."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(new_code_cell(USED))
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w") as log:
        resources = {"metadata": {"path": folder}}
        NotebookClient(notebook, resources=resources, timeout=600, kernel_name="python3").execute(stderr=log)
    return tuple(map(float, notebook.cells[-1].outputs[0].text.split()))


def server_memory():
    """Return the memory in GB of a JupyterLab server that has answered once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ServerApp.token="]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([*command, f"--port={port}"], cwd=folder, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 120
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/lab", timeout=60).read()
                    break
                except URLError:  # it does not listen yet
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.5)
            status = Path(f"/proc/{server.pid}/status").read_text()
        finally:
            server.terminate()
            server.wait()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1e6


def main(chapters):
    """Print a line for each chapter, and return how many need more memory than they may."""
    paths = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if not chapters or path.stem.split("_")[0] in chapters]
    print(f"{'JupyterLab':<28} {server_memory():5.2f} GB")
    over = 0
    for path in paths:
        memory, seconds = chapter_usage(path)
        over += memory > BOUND
        print(f"{path.stem:<28} {memory:5.2f} GB {seconds:6.0f} processor seconds", flush=True)
    return over


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])) > 0)
