"""How long to wait for somebody who says nothing."""

import time
from collections.abc import Callable

from labkit.store.errors import SourceSilent

POLL_SECONDS = 0.05
REAL_DELIVERY = 64 * 1024  # bytes; whoever sends this much has proved that there is a network
SLOW_LINE = 1000  # bytes a second; what comes as fast as that, or faster, is a slow line and no silence


class Patience:
    """A budget of silence, shared by all the sources of a set of files.

    Only time in which nothing arrives is counted, so that a slow line may take as long as it needs, while a machine
    without a network knows after `total` seconds that it has none.

    Parameters
    ----------
    total : float
        Seconds of silence allowed over all sources together.
    longest : float
        Seconds of silence allowed at one time, at most.

    Examples
    --------
    >>> patience = Patience(total=8.0, longest=3.0)
    >>> patience.share_among(4)
    >>> patience.stretch
    2.0
    """

    def __init__(self, total: float = 7.0, longest: float = 3.0):
        self.total, self.longest = total, longest
        self.left, self.stretch = total, longest
        self._delivered = 0

    def share_among(self, sources: int) -> None:
        """Set how long one source may be silent, so that each of those still to be asked gets its turn."""
        self.stretch = min(self.longest, self.left / sources)

    def top_up(self, seconds: float) -> None:
        """See to it that at least this much is left."""
        self.left = max(self.left, seconds)

    def sleep(self, seconds: float) -> None:
        """Pause between two tries; the pause is paid from the budget."""
        pause = max(0.0, min(seconds, self.left))
        time.sleep(pause)
        self.left -= pause

    def wait(
        self, finished: Callable[[float], bool], received: Callable[[], int], *, stretch: float | None = None
    ) -> None:
        """Wait until something is finished, as long as bytes keep coming.

        Parameters
        ----------
        finished : callable
            Takes a number of seconds to wait at most; returns True once all is done.
        received : callable
            Gives the number of bytes received so far.
        stretch : float, optional
            Seconds of silence allowed at one time, where they differ from this budget's own.

        Raises
        ------
        SourceSilent
            If nothing came for too long.
        """
        stretch = self.stretch if stretch is None else stretch
        seen, silent_since, before = received(), time.monotonic(), time.monotonic()
        paid = 0.0  # from the budget, since the last bytes came
        while not finished(POLL_SECONDS):
            now, got = time.monotonic(), received()
            if got != seen:
                if got - seen >= SLOW_LINE * (now - silent_since):
                    self.left += paid  # it was no silence, but the time that these bytes took
                self._credit(got - seen)
                seen, silent_since, paid = got, now, 0.0
            else:
                self.left -= now - before
                paid += now - before
            before = now
            if now - silent_since >= stretch or self.left <= 0:
                raise SourceSilent(f"nothing arrived for {now - silent_since:.1f} s")
        self._credit(received() - seen)

    def _credit(self, delivered: int) -> None:
        self._delivered += max(0, delivered)
        if self._delivered >= REAL_DELIVERY:
            self.left, self._delivered = self.total, 0
