"""Looking for what must not be handed out, also where it is packed: in archives, compressed, as base64, as bytecode."""

import ast
import base64
import contextlib
import gzip
import inspect
import io
import json
import re
import textwrap
import zipfile
import zlib

PACKED = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")


def parts(name, data, depth=0):
    """Every piece of bytes in a file, packed ones unpacked, each with a name that says where it was."""
    yield name, data
    if depth == 6:
        return
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from parts(f"{name}/{member}", archive.read(member), depth + 1)
        return
    for way in (gzip.decompress, zlib.decompress):
        try:
            unpacked = way(data)
        except (OSError, EOFError, zlib.error):
            continue
        yield from parts(f"{name} ({way.__module__})", unpacked, depth + 1)
    if name.endswith(".ipynb"):
        for number, cell in enumerate(json.loads(data)["cells"]):
            yield from parts(f"{name} (cell {number})", "".join(cell["source"]).encode(), depth + 1)
    for found in PACKED.findall(data):
        try:
            unpacked = base64.b64decode(found + b"=" * (-len(found) % 4), altchars=b"-_" if b"_" in found else None)
        except ValueError:
            continue
        yield from parts(f"{name} (base64)", unpacked, depth + 1)


def bare(text):
    """Without blanks, ends of lines and kinds of quotes, so that another layout is no other text."""
    return re.sub(r"\s+", "", text).replace('"', "'")


def body_of(function):
    """The statements of a function but for its docstring, as bare text."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    return bare("\n".join(ast.unparse(statement) for statement in tree.body[1:]))


def long_lines_of(function):
    """The statements on one line that are long enough to be nobody else's, as bare text."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    lines = {bare(line) for statement in tree.body[1:] for line in ast.unparse(statement).splitlines()}
    return {line for line in lines if len(line) >= 30}


def found_in(files, bodies, bytecodes, texts=()):
    """Where in some files, as name and bytes, bodies, bytecodes or texts are; an empty list if nowhere."""
    found = []
    for file, content in files:
        for name, data in parts(file, content):
            text = data.decode("utf-8", "ignore")
            with contextlib.suppress(SyntaxError, ValueError, RecursionError):
                text = ast.unparse(ast.parse(text))  # comments may not hide a body
            text = bare(text)
            found += [f"{id} in {name}" for id, body in bodies.items() if body in text]
            found += [f"{each!r} in {name}" for each in texts if bare(each) in text]
            found += [f"bytecode of {id} in {name}" for id, code in bytecodes.items() if code in data]
    return found
