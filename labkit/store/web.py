"""Files from the web: pooch downloads them, and somebody watches the clock."""

import threading
from pathlib import Path
from typing import IO, Protocol

from labkit.store.errors import SourceFailed, SourceSilent, SourceStumbled
from labkit.store.patience import Patience

TRIES = 3
BACK_OFF_SECONDS = 0.5  # doubled before each further try
SLACK_BYTES = 16 * 1024  # by how much gzip may lengthen what does not shrink
CHUNK_BYTES = 4 * 1024  # small, so that even a very slow line shows a sign of life in time
# What a proxy or gateway says when it could not reach the real host: that host itself has not answered.
GATEWAY_STATUS = {407, 502, 503, 504}


class Progress(Protocol):
    """What a source reports its bytes to (a tqdm bar has both)."""

    def update(self, n: float = 1, /) -> bool | None:
        """Take note of `n` more bytes."""

    def reset(self, total: float | None = None) -> None:
        """Start over, as a new try does."""


class WebFolder:
    """A folder on a web server in which every file lies gzipped under its own name plus `.gz`, or as it is.

    Proxies and certificates come from the environment, as `requests` reads them (`HTTPS_PROXY`, `REQUESTS_CA_BUNDLE`).

    Parameters
    ----------
    url : str
        Address of the folder.
    suffix : str
        What the server's file names have at their end; empty for files that lie there as they are.

    Examples
    --------
    >>> WebFolder("https://example.org/mnist")
    WebFolder('https://example.org/mnist/')
    """

    def __init__(self, url: str, suffix: str = ".gz"):
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"url={url!r} is not a web address; it must start with http:// or https://.")
        self.url, self.suffix = url.rstrip("/") + "/", suffix

    def __repr__(self) -> str:
        return f"WebFolder({self.url!r})"

    def __str__(self) -> str:
        return self.url

    def bring(self, name: str, size: int, folder: Path, patience: Patience, progress: Progress) -> Path:
        """Download `name` into `folder` and give the path of what came, gzipped or not; nothing of it is believed yet.

        `size` is that of the unpacked file; a download that grows beyond it is broken off.

        Raises
        ------
        SourceFailed
            If it did not come; as SourceSilent if the server did not answer.
        """
        target = folder / f"{name}{self.suffix}"
        for attempt in range(TRIES):
            if attempt:
                patience.sleep(BACK_OFF_SECONDS * 2 ** (attempt - 1))
                progress.reset()
            try:
                _download(self.url + target.name, target, size, patience, progress)
            except SourceStumbled as stumble:
                last = stumble
            else:
                return target
        raise last


def _download(url: str, target: Path, size: int, patience: Patience, progress: Progress) -> None:
    """Download in a thread, so that even a name server that hangs cannot hold us for longer than our patience."""
    outcome: list[BaseException | None] = []
    ended = threading.Event()
    with open(target, "wb") as stream:
        tap = _Tap(stream, limit=size + SLACK_BYTES)

        def work() -> None:
            try:
                _request(url, tap, patience)
                outcome.append(None)
            except BaseException as error:
                outcome.append(error)
            finally:
                ended.set()

        shown = 0

        def received() -> int:
            nonlocal shown
            progress.update(tap.received - shown)
            shown = tap.received
            return shown

        # A daemon: where the thread hangs in the operating system, leaving it behind is all that can be done.
        threading.Thread(target=work, daemon=True, name=f"download {url}").start()
        try:
            patience.wait(ended.wait, received)
        except SourceSilent as silence:
            if tap.answered:
                raise SourceFailed(f"stalled after {tap.received:,} bytes ({silence})") from None
            raise SourceSilent(f"did not answer ({silence})") from None
        finally:
            tap.closed = True
    if outcome[0] is not None:
        raise _in_our_words(outcome[0], tap) from outcome[0]


def _request(url: str, tap: "_Tap", patience: Patience) -> None:
    import pooch
    import requests

    responses: list[requests.Response] = []

    def note(response: requests.Response, **_: object) -> None:
        tap.answered = True
        responses.append(response)

    download = pooch.HTTPDownloader(
        chunk_size=CHUNK_BYTES,
        # The request's own time-outs only clear up behind us: `patience` has given up by then.
        timeout=(patience.stretch + 1, patience.stretch + 1),
        hooks={"response": note},
    )
    try:
        download(url, tap, None)
    finally:
        for response in responses:  # pooch leaves a response open when it fails
            response.close()


def _in_our_words(error: BaseException, tap: "_Tap") -> BaseException:
    """Translate what went wrong in a download; errors of this process (a full disk, Ctrl-C) pass as they are."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        status = error.response.status_code
        said = f"answered {status} {error.response.reason}"
        if status in GATEWAY_STATUS:
            return SourceSilent(said)
        return SourceStumbled(said) if status >= 500 or status == 429 else SourceFailed(said)
    if isinstance(error, requests.RequestException) and tap.answered:
        return SourceStumbled(f"broke off after {tap.received:,} bytes ({_cause(error)})")
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        # A connection that is closed before it said anything may be a hiccup; any other is nobody's.
        if any(word in str(error) for word in ("RemoteDisconnected", "ConnectionReset")):
            return SourceStumbled("closed the connection without an answer")
        return SourceSilent(f"did not answer ({_cause(error)})")
    # The network's settings on this machine: an unusable proxy, or (an OSError without a number) missing certificates.
    if isinstance(error, requests.RequestException) or (isinstance(error, OSError) and error.errno is None):
        return SourceFailed(f"cannot be asked ({type(error).__name__}: {error})")
    # Neither this process's nor the network's: headers and lengths that no program can make sense of.
    if isinstance(error, Exception) and not isinstance(error, SourceFailed | OSError | MemoryError):
        return SourceFailed(f"sent an answer that makes no sense ({type(error).__name__}: {error})")
    return error


def _cause(error: BaseException) -> str:
    """Give the innermost reason, without the object addresses that urllib3 wraps it in."""
    text = str(error)
    for wording in (
        "Name or service not known",
        "Temporary failure in name resolution",
        "Connection refused",
        "Network is unreachable",
        "CERTIFICATE_VERIFY_FAILED",
        "Read timed out",
        "IncompleteRead",
    ):
        if wording in text:
            return wording
    return type(error).__name__


class _Tap:
    """A file to write to that counts what comes, stops what is too much, and can be closed from outside."""

    def __init__(self, stream: IO[bytes], limit: int):
        self.stream, self.limit = stream, limit
        self.received = 0
        self.answered = self.closed = False

    def write(self, chunk: bytes) -> int:
        if self.closed:
            raise SourceFailed("nobody waits for this any more")
        if self.received + len(chunk) > self.limit:
            raise SourceFailed(f"sent more than the {self.limit:,} bytes that this file can have")
        written = self.stream.write(chunk)
        self.received += written
        return written

    def flush(self) -> None:
        if not self.closed:
            self.stream.flush()
