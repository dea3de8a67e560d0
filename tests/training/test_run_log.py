"""The run log: complete after every epoch, readable after a kill, continued by a resumed run."""

import json
import os
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest

from labkit.training import RunLog, read_run_log


def fit(path, epochs, initial_epoch=0, **about):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="line")
    model.compile("sgd", "mse", metrics=["mae"])
    x, y = np.ones((8, 2)), np.ones(8)
    log = RunLog(path, **about)
    history = model.fit(
        x, y, epochs=epochs, initial_epoch=initial_epoch, validation_data=(x, y), verbose=0, callbacks=[log]
    )
    return history.history


def test_the_log_holds_what_fit_returns(tmp_path):
    path = tmp_path / "new folder" / "run.jsonl"
    history = fit(path, epochs=3, data="ones", seed=0)
    run = read_run_log(path)
    assert {name: run.history[name] for name in history} == history
    assert len(run.history["seconds"]) == 3
    assert run.about["data"] == "ones"
    assert run.about["optimizer"] == "SGD"
    assert run.about["parameters"] == 3
    assert "3 epochs; in the last: loss" in str(run)


def test_a_resumed_run_goes_on_in_the_same_file(tmp_path):
    path = tmp_path / "run.jsonl"
    fit(path, epochs=2)
    fit(path, epochs=4, initial_epoch=2, seed=1)
    run = read_run_log(path)
    assert len(run.history["loss"]) == 4
    assert run.about["seed"] == 1


def test_an_epoch_run_twice_counts_as_the_last_time(tmp_path):
    path = tmp_path / "run.jsonl"
    fit(path, epochs=2)
    second = fit(path, epochs=3, initial_epoch=1)
    assert read_run_log(path).history["loss"][1:] == second["loss"]


def test_half_a_line_is_left_out_and_the_next_starts_on_its_own(tmp_path):
    path = tmp_path / "run.jsonl"
    fit(path, epochs=2)
    with path.open("ab") as file:
        file.write('{"epoch": 3, "seconds": 0.1, "lo§'.encode()[:-1])
    assert len(read_run_log(path).history["loss"]) == 2
    fit(path, epochs=3, initial_epoch=2)
    assert len(read_run_log(path).history["loss"]) == 3


def test_a_killed_process_leaves_the_epochs_it_finished(tmp_path):
    path = tmp_path / "run.jsonl"
    program = f"""
import os, signal, keras, numpy as np
from labkit.training import RunLog
class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            os.kill(os.getpid(), signal.SIGKILL)
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((4, 1)), np.ones(4), epochs=9, verbose=0, callbacks=[RunLog({str(path)!r}), Kill()])
"""
    died = subprocess.run([sys.executable, "-c", program], env=os.environ, capture_output=True)
    assert died.returncode == -signal.SIGKILL
    assert len(read_run_log(path).history["loss"]) == 2


def test_what_json_cannot_hold_is_refused_before_training(tmp_path):
    with pytest.raises(TypeError):
        RunLog(tmp_path / "run.jsonl", model=object())


def test_another_file_is_no_run_log(tmp_path):
    path = tmp_path / "other.jsonl"
    path.write_text(json.dumps([1, 2]) + "\n")
    with pytest.raises(ValueError, match=r"other\.jsonl"):
        read_run_log(path)
    with pytest.raises(FileNotFoundError):
        read_run_log(tmp_path / "missing.jsonl")
