"""When no source answers: how soon that is known, how long it is remembered, and what makes it forgotten."""

import json
import time

import pytest

from labkit import store
from labkit.store import fetching
from labkit.store.patience import Patience


def test_refused_connections_are_no_answer(make_set, dead_address):
    wanted = make_set(store.WebFolder(dead_address))
    with pytest.raises(store.SourcesUnreachable, match="Connection refused") as caught:
        store.fetch_files(wanted)
    assert dead_address in str(caught.value)


def test_hosts_that_hang_cost_their_share_of_patience_only(make_set, silent_address):
    wanted = make_set(*[store.WebFolder(silent_address)] * 5)
    before = time.monotonic()
    with pytest.raises(store.SourcesUnreachable, match="nothing arrived"):
        store.fetch_files(wanted, patience=Patience(total=1.0, longest=0.4))
    assert time.monotonic() - before < 3.0  # 1 s in all, and room for a busy machine


def test_default_patience_decides_within_ten_seconds():
    assert Patience().total + fetching.LAST_PATIENCE_SECONDS < 10


def test_sources_share_what_is_left(make_set):
    turns = []

    class Mute:
        def bring(self, name, size, folder, patience, progress):
            turns.append(patience.stretch)
            patience.wait(lambda seconds: time.sleep(seconds) is not None, lambda: 0)

    with pytest.raises(store.SourcesUnreachable):
        store.fetch_files(make_set(Mute(), Mute(), Mute()), patience=Patience(total=0.9, longest=5.0))
    assert turns == pytest.approx([0.3, 0.3, 0.3], abs=0.2)
    assert turns[2] > 0.05, "the last one must have its turn too"


def test_second_set_costs_little_when_the_first_found_no_network(make_set, silent_address, monkeypatch):
    monkeypatch.setattr(fetching, "_patience_here", Patience(total=0.6))
    monkeypatch.setattr(fetching, "LAST_PATIENCE_SECONDS", 0.2)
    times = []
    for name in ("one", "two"):
        before = time.monotonic()
        with pytest.raises(store.SourcesUnreachable):
            store.fetch_files(make_set(store.WebFolder(silent_address), name=name))
        times.append(time.monotonic() - before)
    assert times[0] > 0.55
    assert times[1] < times[0]


def test_name_server_that_hangs(make_set, monkeypatch):
    # No time-out of a socket covers the resolver: only waiting from outside does.
    def hang(*_, **__):
        time.sleep(3)
        raise OSError("too late")

    monkeypatch.setattr("socket.getaddrinfo", hang)
    before = time.monotonic()
    with pytest.raises(store.SourcesUnreachable, match="did not answer"):
        store.fetch_files(
            make_set(store.WebFolder("http://example.invalid/")), patience=Patience(total=0.5, longest=0.5)
        )
    assert time.monotonic() - before < 2.5


def test_decision_is_remembered_for_the_process(make_set, server, monkeypatch):
    server.faults["first-file"] = ["503"]
    wanted = make_set(store.WebFolder(server.url))
    for _ in range(3):
        with pytest.raises(store.SourcesUnreachable, match="answered 503"):
            store.fetch_files(wanted)
    assert server.hits["first-file"] == 1
    monkeypatch.setattr("time.time", lambda: time.monotonic() + 10**10)  # far in the future
    with pytest.raises(store.SourcesUnreachable):
        store.fetch_files(wanted)
    assert server.hits["first-file"] == 1


def test_decision_is_remembered_for_other_processes_for_fifteen_minutes(make_set, server, cache):
    server.faults["first-file"] = ["503"]
    wanted = make_set(store.WebFolder(server.url))
    with pytest.raises(store.SourcesUnreachable):
        store.fetch_files(wanted)
    server.faults.clear()

    fetching._unreachable_here.clear()  # what another process knows: the file alone
    with pytest.raises(store.SourcesUnreachable, match="answered 503"):
        store.fetch_files(wanted)
    assert server.hits["first-file"] == 1

    mark = cache / "unreachable" / "pictures.json"
    old = json.loads(mark.read_text()) | {"time": time.time() - 15 * 60 - 1}
    mark.write_text(json.dumps(old))
    assert store.fetch_files(wanted)
    assert not mark.exists()


def test_broken_or_future_mark_is_not_believed(make_set, server, cache):
    wanted = make_set(store.WebFolder(server.url))
    mark = cache / "unreachable" / "pictures.json"
    mark.parent.mkdir(parents=True)
    for nonsense in ("", "[]", '{"time": "yesterday"}', json.dumps({"time": time.time() + 9999, "message": "?"})):
        mark.write_text(nonsense)
        assert store.recently_unreachable(wanted) is None


def test_explicit_fetch_asks_again_and_success_is_remembered(make_set, server, cache):
    server.faults["first-file"] = ["503"]
    wanted = make_set(store.WebFolder(server.url))
    for again in (False, True):
        with pytest.raises(store.SourcesUnreachable):
            store.fetch_files(wanted, again=again)
    assert server.hits["first-file"] == 2
    assert store.recently_unreachable(wanted)
    server.faults.clear()
    assert store.fetch_files(wanted, again=True)
    assert store.recently_unreachable(wanted) is None
    assert not list((cache / "unreachable").iterdir())


def test_offline_asks_nobody_and_leaves_no_mark(pictures, server, cache, monkeypatch):
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    with pytest.raises(store.SourcesUnreachable, match="LABKIT_OFFLINE"):
        store.fetch_files(pictures)
    assert not server.hits
    assert not cache.exists()
    monkeypatch.setenv("LABKIT_OFFLINE", "0")
    store.fetch_files(pictures)
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    assert store.fetch_files(pictures)


def test_a_source_that_answered_wrongly_outweighs_silent_ones(make_set, server, dead_address):
    server.faults["first-file"] = ["404"]
    wanted = make_set(store.WebFolder(dead_address), store.WebFolder(server.url))
    with pytest.raises(store.DataError) as caught:
        store.fetch_files(wanted)
    assert not isinstance(caught.value, store.SourcesUnreachable)
    assert store.recently_unreachable(wanted) is None


def test_delivery_refills_patience():
    patience = Patience(total=0.3, longest=0.2)
    received, steps = 0, iter(range(12))

    def finished(seconds):
        nonlocal received
        time.sleep(seconds)
        received += 64 * 1024
        return next(steps, None) is None

    patience.wait(finished, lambda: received)
    assert patience.left == 0.3


def test_pauses_are_paid_from_patience():
    patience = Patience(total=0.02)
    patience.sleep(5.0)
    assert patience.left == 0.0


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("REQUESTS_CA_BUNDLE", "/no/such/file", "TLS CA certificate bundle, invalid path: /no/such/file"),
        ("https_proxy", "http://", "cannot be asked .*[Pp]roxy"),
    ],
)
def test_bad_settings_of_the_network_are_no_fault_of_the_cache(make_set, monkeypatch, setting, value, said):
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv(setting, value)
    with pytest.raises(store.DataError, match=said) as caught:
        store.fetch_files(make_set(store.WebFolder("https://127.0.0.1:9/")))
    assert not isinstance(caught.value, store.CacheUnusable)
