import pytest

from labkit import datasets, store

pytestmark = pytest.mark.usefixtures("fashion_mnist")


def kinds():
    return {entry.name: entry.kind for entry in datasets.status()}


def test_status_asks_nobody(mnist, fashion_mnist):
    assert kinds() == {
        "fashion-mnist": "not fetched",
        "mnist": "not fetched",
        "cats-vs-dogs": "stand-in",
        "penn-fudan": "not fetched",
        "photos": "real",
    }
    assert mnist.asked == fashion_mnist.asked == 0


def test_status_follows_what_happens(mnist, monkeypatch):
    mnist.answers = False
    datasets.load_mnist()
    assert kinds()["mnist"] == "stand-in"
    mnist.answers = True
    datasets.fetch(["mnist"])
    entry = datasets.status()[1]
    assert (entry.kind, entry.source, entry.verified) == ("real", "the shelf", True)
    assert entry.size == 60 * 784 + 60 + 2 * 16 + 2 * 8
    assert str(entry) == "mnist: real, the shelf, 0.0 MB, verified"


def test_status_offline(mnist, monkeypatch):
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    assert kinds() == {
        "fashion-mnist": "not fetched",
        "mnist": "stand-in",
        "cats-vs-dogs": "stand-in",
        "penn-fudan": "stand-in",
        "photos": "real",
    }


def test_status_of_users_data(mnist, tiny_contents, user_folder):
    user_folder("mnist10k", tiny_contents | {"train-labels-idx1-ubyte": bytes([0, 0, 8, 1, 0, 0, 0, 40]) + bytes(40)})
    entry = datasets.status()[1]
    assert (entry.kind, entry.verified) == ("user's data", False)
    assert "40 of MNIST's 60,000 training images" in entry.source


def test_status_hashes_a_file_once(mnist, monkeypatch):
    datasets.fetch(["mnist"])
    monkeypatch.setattr("labkit.store.fetching.sha256_of", lambda path: pytest.fail("hashed again"))
    monkeypatch.setattr("labkit.datasets.mnist_family.read_idx", lambda path: pytest.fail("read"))
    assert kinds()["mnist"] == "real"


def test_fetch_all(mnist, fashion_mnist):
    assert [entry.kind for entry in datasets.fetch()] == ["real", "real", "stand-in", "not fetched", "real"]
    assert [entry.name for entry in datasets.fetch(["photos", "mnist", "photos"])] == ["photos", "mnist"]
    assert mnist.asked == fashion_mnist.asked == 4


def test_fetch_takes_one_name(mnist):
    assert [entry.name for entry in datasets.fetch("mnist")] == ["mnist"]


def test_fetch_of_all_does_without_what_has_a_stand_in(mnist, fashion_mnist):
    mnist.answers = False
    assert [entry.kind for entry in datasets.fetch()] == ["real", "stand-in", "stand-in", "not fetched", "real"]
    with pytest.raises(store.DataError, match="mnist could not be fetched"):
        datasets.fetch(["mnist"])
    assert mnist.asked == 2, "a fetch always asks again"


def test_fetch_goes_on_after_a_failure(mnist, fashion_mnist):
    fashion_mnist.answers = False
    with pytest.raises(store.DataError, match="fashion-mnist could not be fetched"):
        datasets.fetch()
    assert kinds()["mnist"] == "real"


def test_fetch_leaves_the_users_own_alone(mnist, tiny_contents, user_folder):
    user_folder("mnist", tiny_contents)
    datasets.fetch(["mnist"])
    assert mnist.asked == 0


def test_unknown_data_set():
    with pytest.raises(
        ValueError,
        match=r"names=\['mist'\] are not data sets; use 'fashion-mnist', 'mnist', 'cats-vs-dogs', 'penn-fudan'",
    ):
        datasets.fetch(["mist"])


def test_content_key_follows_kinds_and_checksums(mnist, tiny_contents, user_folder, monkeypatch):
    keys = [datasets.content_key()]
    assert keys == [datasets.content_key()]
    datasets.fetch(["mnist"])
    keys.append(datasets.content_key())
    folder = user_folder("mnist10k", tiny_contents | {"train-labels-idx1-ubyte": b"\0\0\x08\x01\0\0\0\x28" + bytes(40)})
    keys.append(datasets.content_key())
    (folder / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x28" + bytes([1] * 40))
    keys.append(datasets.content_key())
    assert len(set(keys)) == len(keys)
    monkeypatch.delenv("LABKIT_DATA")
    assert datasets.content_key() == keys[1]


def test_content_key_does_not_change_with_how_long_ago_nobody_answered(monkeypatch):
    """Not fetched, or asked for in vain: the real data is not here, and what was executed without it holds."""
    keys = set()
    for kind in ("not fetched", "stand-in", "real"):
        entry = datasets.DatasetStatus("mnist", kind, "somewhere", None, None, {})
        monkeypatch.setattr("labkit.datasets.catalogue.status", lambda entry=entry: (entry,))
        keys.add(datasets.content_key())
    assert len(keys) == 2
