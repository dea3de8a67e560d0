"""What moves, in a real Chromium: the numbers it computes are labkit's, and it stands where scripts do not run."""

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from labkit import ops
from labkit.calculators import layers, output_size, padding_amount, summarize, transposed_output_size
from labkit.course import explorable
from labkit.course.explorables import folder, module, names
from labkit.course.pencils import Pencil, PencilForm
from labkit.training import affine_matrices, resample

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("explorables")]

CASES = 200
PIXEL = np.zeros((4, 4), np.uint8)


@pytest.fixture(scope="module")
def browser(chromium):
    with playwright.sync_playwright() as tool:
        opened = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page(browser):
    """A page that holds every explorable, without any network."""
    context = browser.new_context()
    context.set_offline(True)
    opened = context.new_page()
    opened.set_content("".join(f'<script type="module">{module(name)}</script>' for name in names()))
    opened.wait_for_function(f"window.labbook && Object.keys(window.labbook.explorables).length === {len(names())}")
    return opened


def computed(page, name, inputs):
    """What an explorable computes for each input."""
    return page.evaluate(
        "([name, inputs]) => inputs.map(input => window.labbook.explorables[name].compute(input))", [name, inputs]
    )


def test_slide_computes_what_numpy_does(page):
    chance = np.random.default_rng(0)
    inputs = []
    for _ in range(CASES):
        size = int(chance.integers(1, 6))
        signal = chance.normal(size=int(chance.integers(size, 20))).tolist()
        place = int(chance.integers(0, len(signal) - size + 1))
        flip = bool(chance.integers(2))
        inputs.append({"signal": signal, "kernel": chance.normal(size=size).tolist(), "flip": flip, "position": place})
    for given, found in zip(inputs, computed(page, "slide", inputs), strict=True):
        signal, kernel = np.array(given["signal"]), np.array(given["kernel"])
        right = np.convolve(signal, kernel, "valid") if given["flip"] else np.correlate(signal, kernel, "valid")
        assert np.allclose(found["output"], right, atol=1e-9)
        assert np.isclose(found["sum"], right[given["position"]], atol=1e-9)
        assert np.isclose(sum(found["products"]), found["sum"])


def test_kernel_computes_what_labkit_does(page):
    chance = np.random.default_rng(1)
    inputs = [
        {
            "image": chance.integers(0, 256, chance.integers(3, 14, 2)).tolist(),
            "kernel": chance.normal(size=(3, 3)).tolist(),
            "stride": int(chance.integers(1, 4)),
            "padding": str(chance.choice(["valid", "same"])),
            "flip": bool(chance.integers(2)),
        }
        for _ in range(CASES)
    ]
    for given, found in zip(inputs, computed(page, "kernel", inputs), strict=True):
        compute = ops.convolve2d if given["flip"] else ops.correlate2d
        image, kernel = np.array(given["image"], float), np.array(given["kernel"])
        right = compute(image, kernel, stride=given["stride"], padding=given["padding"])
        assert np.allclose(found["output"], right, atol=1e-4)


def test_geometry_computes_what_labkit_does(page):
    chance = np.random.default_rng(2)
    inputs = []
    while len(inputs) < CASES:
        size, kernel, stride, dilation = (int(chance.integers(1, top)) for top in (30, 6, 4, 4))
        transposed = bool(chance.integers(2))
        padding = ["valid", "same", 0, 1, 2][chance.integers(2 if transposed else 5)]
        if not transposed and padding != "same" and (kernel - 1) * dilation + 1 > size:
            continue  # does not fit
        given = {"size": size, "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
        inputs.append(given | {"transposed": transposed})
    for given, found in zip(inputs, computed(page, "geometry", inputs), strict=True):
        size, kernel, stride, padding, dilation, transposed = given.values()
        if transposed:
            assert found["output"] == int(transposed_output_size(size, kernel, stride, padding, dilation)), given
            continue
        assert found["output"] == int(output_size(size, kernel, stride, padding, dilation)), given
        before, after = padding_amount(size, kernel, stride, padding, dilation)
        assert (found["before"], found["after"]) == (before, after), given
        places = found["positions"]
        assert [place[0] for place in places] == [position * stride - before for position in range(found["output"])]
        assert all(place[-1] - place[0] == (kernel - 1) * dilation for place in places)


def test_pooling_computes_what_labkit_does(page):
    chance = np.random.default_rng(3)
    inputs = []
    for _ in range(CASES):
        size = int(chance.integers(1, 4))
        image = chance.integers(0, 9, chance.integers(size, 12, 2)).tolist()
        mode = str(chance.choice(["max", "average"]))
        inputs.append({"image": image, "size": size, "stride": int(chance.integers(1, 4)), "mode": mode})
    for given, found in zip(inputs, computed(page, "pooling", inputs), strict=True):
        pool = ops.max_pool2d if given["mode"] == "max" else ops.average_pool2d
        image = np.array(given["image"], float)
        right = pool(image, given["size"], stride=given["stride"])
        assert np.allclose(found["output"], right, atol=1e-9)
        if given["mode"] == "max":
            won = np.array(found["winners"])
            assert np.array_equal(image[won[..., 0], won[..., 1]], right)
            corners = np.stack(np.indices(right.shape), axis=-1) * given["stride"]
            assert ((won >= corners) & (won < corners + given["size"])).all()


def a_chain(chance):
    """A few layers that fit one upon the other."""
    size, layers = int(chance.integers(8, 33)), []
    for _ in range(int(chance.integers(1, 5))):
        kernel, stride = int(chance.integers(1, 5)), int(chance.integers(1, 3))
        padding = int(chance.integers(0, kernel))
        if size + 2 * padding < kernel:
            break
        layers.append({"kernel": kernel, "stride": stride, "padding": padding})
        size = (size + 2 * padding - kernel) // stride + 1
    return layers


def test_receptive_field_is_what_changes_when_pixels_change(page):
    chance = np.random.default_rng(4)
    inputs, right = [], []
    while len(inputs) < CASES:
        layers, size = a_chain(chance), int(chance.integers(6, 40))
        seen = [{pixel} for pixel in range(size)]
        for layer in layers:
            edge = [set() for _ in range(layer["padding"])]
            padded = [*edge, *seen, *edge]
            starts = range(0, len(padded) - layer["kernel"] + 1, layer["stride"])
            seen = [set().union(*padded[start : start + layer["kernel"]]) for start in starts]
        if not seen:
            continue
        position = int(chance.integers(len(seen)))
        if not seen[position]:  # lies in the padding alone
            continue
        inputs.append({"size": size, "layers": layers, "layer": len(layers), "position": position})
        right.append((min(seen[position]), max(seen[position]) + 1))
    for given, found, (start, stop) in zip(inputs, computed(page, "receptive-field", inputs), right, strict=True):
        assert (found["start"], found["stop"]) == (start, stop), given
        jumps = np.cumprod([1, *(layer["stride"] for layer in given["layers"])])
        assert found["jump"] == jumps[-1]
        reach = sum((layer["kernel"] - 1) * jump for layer, jump in zip(given["layers"], jumps[:-1], strict=True))
        assert found["field"] == 1 + reach


def test_counter_counts_as_summarize_does(page):
    chance = np.random.default_rng(5)
    inputs, right = [], []
    for at in range(CASES):
        shape = [int(chance.integers(12, 33)), int(chance.integers(12, 33)), int(chance.integers(1, 4))]
        described, chain = [], []
        for _ in range(int(chance.integers(0, 3))):
            filters, kernel, stride = (int(chance.integers(1, top)) for top in (9, 4, 3))
            padding = str(chance.choice(["valid", "same"]))
            layer = {"kind": "conv", "filters": filters, "kernel": kernel, "stride": stride, "padding": padding}
            chain.append(layer)
            described.append(layers.Conv2D(filters, kernel, stride, padding))
        chain += [{"kind": "pool", "size": 2}, {"kind": ["flatten", "global"][at % 2]}, {"kind": "dense", "units": 7}]
        described += [layers.MaxPooling2D(2), [layers.Flatten(), layers.GlobalAveragePooling2D()][at % 2]]
        inputs.append({"input_shape": shape, "layers": chain})
        right.append(summarize([*described, layers.Dense(7)], tuple(shape)))
    for found, counted in zip(computed(page, "counter", inputs), right, strict=True):
        assert (found["parameters"], found["macs"]) == (counted.parameters, counted.macs)
        shapes = [row.output_shape[1:] for row in counted.rows if row.type != "Input"]
        assert [tuple(row["output_shape"]) for row in found["rows"]] == shapes


def test_descent_steps_as_keras_does(page):
    chance = np.random.default_rng(6)
    inputs = []
    for _ in range(CASES):
        numbers = dict(zip(("start", "x", "y"), chance.normal(size=3).tolist(), strict=True))
        rates = {"rate": float(chance.uniform(0.001, 0.2)), "momentum": float(chance.uniform(0, 0.9))}
        inputs.append(numbers | rates | {"steps": int(chance.integers(0, 5))})
    for given, found in zip(inputs, computed(page, "descent", inputs), strict=True):
        weight = keras.Variable(given["start"])
        optimizer = keras.optimizers.SGD(given["rate"], momentum=given["momentum"])
        right = [given["start"]]
        for _ in range(given["steps"]):
            with tf.GradientTape() as tape:
                loss = (weight * given["x"] - given["y"]) ** 2
            optimizer.apply([tape.gradient(loss, weight.value)], [weight])
            right.append(float(weight))
        assert np.allclose(found["path"], right, atol=1e-4)
        assert np.allclose(found["losses"], (np.array(right) * given["x"] - given["y"]) ** 2, atol=1e-3)


@pytest.mark.filterwarnings("ignore")  # where nothing is answered yes, there is no precision
def test_threshold_counts_as_scikit_learn_does(page):
    chance = np.random.default_rng(7)
    inputs = []
    for _ in range(CASES):
        count = int(chance.integers(1, 40))
        scores = chance.integers(0, 11, count) / 10
        inputs.append(
            {"scores": scores.tolist(), "labels": chance.integers(0, 2, count).tolist()}
            | {"threshold": float(chance.integers(0, 12)) / 10}
        )
    for given, found in zip(inputs, computed(page, "threshold", inputs), strict=True):
        says = np.array(given["scores"]) >= given["threshold"]
        assert found["confusion"] == confusion_matrix(given["labels"], says, labels=[0, 1]).tolist()
        for name, score in (("precision", precision_score), ("recall", recall_score)):
            assert np.allclose(found[name], score(given["labels"], says, zero_division=np.nan), equal_nan=True)


def test_boxes_keeps_those_that_labkit_keeps(page):
    chance = np.random.default_rng(13)
    inputs = []
    for _ in range(CASES):
        count = int(chance.integers(1, 9))
        low = chance.integers(0, 12, (count, 2))
        boxes = np.concatenate([low, low + chance.integers(1, 15, (count, 2))], axis=1)
        scores = chance.integers(0, 6, count) / 5  # of few values, so that some are equal
        threshold = float(chance.choice([0, 0.25, 0.5, 1, chance.random()]))
        inputs.append({"boxes": boxes.tolist(), "scores": scores.tolist(), "iou_threshold": threshold})
    assert any(len(set(given["scores"])) < len(given["scores"]) for given in inputs)
    for given, found in zip(inputs, computed(page, "boxes", inputs), strict=True):
        shared = ops.box_iou(given["boxes"], given["boxes"])
        assert np.array_equal(found["iou"], shared)
        kept = ops.non_max_suppression(given["boxes"], given["scores"], given["iou_threshold"])
        assert found["kept"] == kept.tolist()
        for number, surer in enumerate(found["by"]):
            assert surer in kept if surer >= 0 else number in kept
            assert surer < 0 or shared[surer, number] > given["iou_threshold"]


@pytest.fixture
def eagerly():
    """TensorFlow without compiling: each size of image would be another program."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def test_augment_makes_what_labkit_makes(page, eagerly):
    chance = np.random.default_rng(8)
    inputs = []
    for _ in range(CASES):
        angles = {"rotation": float(chance.uniform(-180, 180)), "shear": float(chance.uniform(-40, 40))}
        shifts = {"width_shift": float(chance.uniform(-5, 5)), "height_shift": float(chance.uniform(-5, 5))}
        rest = {"zoom": float(chance.uniform(0.5, 2)), "flip": bool(chance.integers(2))}
        image = chance.integers(0, 256, chance.integers(2, 9, 2)).tolist()
        mode = str(chance.choice(["nearest", "reflect", "constant", "wrap"]))
        inputs.append({"image": image, **angles, **shifts, **rest, "fill_mode": mode})
    for given, found in zip(inputs, computed(page, "augment", inputs), strict=True):
        image = np.array(given["image"], np.float32)
        matrix = affine_matrices(
            image.shape, rotation=given["rotation"], shear=given["shear"], shift_x=given["width_shift"],
            shift_y=given["height_shift"], zoom_x=given["zoom"], zoom_y=given["zoom"], flip=given["flip"],
        )  # fmt: skip
        assert np.allclose(found["matrix"], matrix[0], atol=1e-4)
        # At a pixel's very edge single precision may fall on the other side: a neighbour's share is then tiny.
        right = resample(image[None, ..., None], np.array(found["matrix"])[None], given["fill_mode"])[0, ..., 0]
        assert np.abs(np.array(found["image"]) - right).max() < 0.1


def test_cam_is_the_weighted_sum_of_maps(page):
    chance = np.random.default_rng(9)
    inputs = []
    for _ in range(CASES):
        height, width, channels, classes = (int(chance.integers(1, 6)) for _ in range(4))
        maps, weights = chance.normal(size=(height, width, channels)), chance.normal(size=(channels, classes))
        chosen = int(chance.integers(classes))
        inputs.append({"maps": maps.tolist(), "weights": weights.tolist(), "class": chosen})
    for given, found in zip(inputs, computed(page, "cam", inputs), strict=True):
        maps, weights = np.array(given["maps"]), np.array(given["weights"])
        assert np.allclose(found["map"], (maps @ weights)[..., given["class"]], atol=1e-9)
        assert np.isclose(found["score"], maps.mean(axis=(0, 1)) @ weights[:, given["class"]])


def test_depth_gives_the_norms_of_the_tape(page):
    chance = np.random.default_rng(10)
    inputs = []
    for _ in range(CASES):
        layers, units = int(chance.integers(1, 7)), int(chance.integers(1, 6))
        numbers = {
            "weights": chance.normal(size=(layers, units, units)).tolist(),
            "input": chance.normal(size=units).tolist(),
        }
        ways = {
            "activation": str(chance.choice(["linear", "relu", "sigmoid", "tanh"])),
            "shortcut": bool(chance.integers(2)),
        }
        inputs.append(numbers | ways | {"gain": float(chance.uniform(0.2, 2))})
    for given, found in zip(inputs, computed(page, "depth", inputs), strict=True):
        activation = keras.activations.get(given["activation"])
        with tf.GradientTape(persistent=True) as tape:
            signals = [tf.constant(given["input"], tf.float64)]
            tape.watch(signals[0])
            for layer in np.array(given["weights"]):
                inner = activation(given["gain"] * tf.linalg.matvec(layer, signals[-1]))
                signals.append(inner + signals[-1] if given["shortcut"] else inner)
            total = tf.reduce_sum(signals[-1])
        right = [float(tf.norm(tape.gradient(total, signal))) for signal in signals[:-1]]
        assert np.allclose(found["norms"], right, rtol=1e-4, atol=1e-9)


def test_quantize_rounds_as_labkit_does(page):
    chance = np.random.default_rng(11)
    inputs = []
    for _ in range(CASES):
        values = chance.normal(size=int(chance.integers(1, 30))) * 10.0 ** chance.integers(-2, 3) + chance.normal()
        inputs.append(
            {"values": values.tolist(), "bits": int(chance.integers(2, 9)), "symmetric": bool(chance.integers(2))}
        )
    for case in inputs[::4]:  # halves, at a scale of 1: of two integers as near, the even one is taken
        most = 2 ** (case["bits"] - 1) - 1
        case["values"], case["symmetric"] = [most, *(chance.integers(-most, most, 8) + 0.5).tolist()], True
    for given, found in zip(inputs, computed(page, "quantize", inputs), strict=True):
        right = ops.quantize_array(np.array(given["values"]), bits=given["bits"], symmetric=given["symmetric"])
        assert found["codes"] == right.values.tolist()
        assert (found["zero_point"], found["scale"]) == (int(right.zero_point), pytest.approx(float(right.scale)))
        assert found["error"] == pytest.approx(np.abs(right.dequantized() - given["values"]).max(), abs=1e-9)


def digits_network():
    """A small network with weights of half precision, as Keras has it and as a page gets it."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.ZeroPadding2D(2),
            keras.layers.Conv2D(6, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(8, 5, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    model.set_weights([weights.astype(np.float16).astype(np.float32) for weights in model.get_weights()])
    return model


def as_sent(model):
    """The layers of a network for the page."""
    kinds = {"Conv2D": "conv", "MaxPooling2D": "pool", "Dense": "dense"}
    sent = []
    for layer in model.layers:
        kind = kinds.get(type(layer).__name__)
        if isinstance(layer, keras.layers.ZeroPadding2D):
            sent.append({"kind": "pad", "by": layer.padding[0][0]})
        elif kind == "pool":
            sent.append({"kind": kind})
        elif kind:
            kernel, bias = (np.asarray(weights, np.float16) for weights in layer.get_weights())
            sent.append({"kind": kind, "kernel": kernel, "bias": bias})
    return sent


def test_digit_answers_as_keras_does(page):
    model = digits_network()
    images = np.random.default_rng(12).random((CASES, 28, 28)).astype(np.float32)
    inner = keras.Model(model.inputs, [layer.output for layer in model.layers[1:5]] + [model.layers[-1].output])
    *maps, logits = inner.predict(images[..., None], verbose=0)
    network = [{part: decoded(value) for part, value in layer.items()} for layer in as_sent(model)]
    page.evaluate("network => { window.network = network; }", network)
    for at in range(0, CASES, 50):
        part = slice(at, at + 50)
        found = page.evaluate(
            "images => images.map(image => window.labbook.explorables.digit.compute({image, network: window.network}))",
            images[part].astype(float).tolist(),
        )
        assert np.allclose([each["logits"] for each in found], logits[part], atol=1e-4)
        for layer, right in enumerate(maps):
            came = np.array([each["activations"][layer] for each in found])
            assert np.allclose(np.moveaxis(came, 1, -1), right[part], atol=1e-4)


def decoded(value):
    """An array as the page has it, once decoded."""
    return (
        value
        if isinstance(value, str | int)
        else {"shape": value.shape, "values": value.astype(float).ravel().tolist()}
    )


def a_network():
    return {"network": as_sent(digits_network()), "digit": np.full((28, 28), 9, np.uint8)}


def test_the_frame_holds_still_while_somebody_draws_on_a_phone(browser):
    """The line above it says more or less with each stroke."""
    opened = browser.new_page(viewport={"width": 390, "height": 900})
    opened.set_content(output("digit"))
    frame = opened.locator(".explorable-stage canvas").first
    box = frame.bounding_box()
    tops = set()
    opened.mouse.move(box["x"] + 60, box["y"] + 40)
    opened.mouse.down()
    for step in range(12):
        opened.mouse.move(box["x"] + 60 + 8 * step, box["y"] + 40 + 10 * step)
        tops.add(frame.bounding_box()["y"])
    assert "sure" in opened.locator("[aria-live]").inner_text()
    assert tops == {box["y"]}


# Where an element's middle is, in whole pixels, from when somebody jumps to it until half a second later.
PLACES = """async (id) => {
    const there = document.getElementById(id), begin = performance.now(), places = new Set();
    there.scrollIntoView({ block: "center", behavior: "instant" });
    while (performance.now() - begin < 500) {
        const { top, bottom } = there.getBoundingClientRect();
        places.add(Math.round((top + bottom) / 2));
        await new Promise(requestAnimationFrame);
    }
    return [...places];
}"""


# How dark the frame is at a point, 0 to 1: nothing was drawn on where it is transparent.
INK = """([sheet, across, down]) => sheet.getContext("2d").getImageData(
    across * devicePixelRatio, down * devicePixelRatio, 1, 1).data[3] / 255"""


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_nothing_plays_before_it_is_seen(browser, motion):
    opened = browser.new_context(viewport={"width": 800, "height": 900}, reduced_motion=motion).new_page()
    opened.set_content(f"<div style='height: 3000px'></div>{output('slide')}")
    play = opened.locator(".explorable-stage button").filter(has_text=re.compile("Play|Pause"))
    play.wait_for()
    assert play.inner_text() == "Play"
    play.evaluate("button => button.scrollIntoView()")
    expect(play).to_have_text("Pause" if motion == "no-preference" else "Play")


def test_the_digit_that_it_reads_stands_in_the_frame(browser):
    opened = browser.new_page()
    digit = np.zeros((28, 28), np.uint8)
    digit[14:, :14] = 255  # lower left
    shown = explorable("digit", still=PIXEL, alt="A still picture.", network=as_sent(digits_network()), digit=digit)
    opened.set_content(shown._repr_html_())
    sheet = opened.locator(".explorable-stage canvas").first.element_handle()
    corners = [[sheet, across, down] for down in (50, 160) for across in (50, 160)]  # of 210 by 210 pixels
    assert [opened.evaluate(INK, corner) for corner in corners] == [0, 0, 1, 0]
    opened.get_by_role("button", name="clear").click()
    assert opened.evaluate(INK, corners[2]) == 0
    opened.get_by_role("button", name="a digit of the test set").click()
    assert opened.evaluate(INK, corners[2]) == 1


# What is drawn and said, and how the controls stand.
LOOK = """() => [
    ...[...document.querySelectorAll("canvas")].map(sheet => sheet.toDataURL()),
    document.querySelector(".explorable-stage").innerText,
].join()"""

SHOWN = {
    "photo": {},
    "digit": a_network(),
    "descent": {"x": 2, "y": 6, "start": 1},
    "threshold": {
        "scores": np.linspace(0, 1, 30, dtype=np.float32),
        "labels": np.arange(30) % 2,
        "names": ["cats", "dogs"],
        "images": np.zeros((30, 8, 8, 3), np.uint8),
    },
    "augment": {"image": np.zeros((20, 24, 3), np.uint8)},
    "boxes": {
        "boxes": [[20, 20, 100, 90], [30, 24, 110, 94], [100, 30, 180, 100]],
        "scores": [0.8, 0.9, 0.7],
        "image": np.full((120, 200, 3), 160, np.uint8),
    },
    "cam": {
        "image": np.zeros((20, 20), np.uint8),
        "maps": np.ones((3, 3, 8), np.float16),
        "weights": np.eye(8, 2, dtype=np.float16),
        "classes": ["a", "b"],
    },
    "depth": {"weights": np.random.default_rng(0).normal(size=(20, 8, 8)), "input": [1.0] * 8},
    "quantize": {"values": np.random.default_rng(0).normal(size=400)},
    "geometry": {},
    "pooling": {"image": np.eye(6).tolist()},
    "receptive-field": {"size": 21, "layers": [{"kernel": 3, "stride": 2, "padding": 1}] * 2},
    "counter": {"input_shape": [28, 28, 1], "layers": [{"kind": "flatten"}, {"kind": "dense", "units": 10}]},
    "slide": {"signal": [1, 2, 4, 8, 5], "kernel": [1, 0, -1]},
    "kernel": {
        "images": {"a square": np.pad(np.full((6, 6), 200, np.uint8), 5)},
        "kernels": {"blur": np.full((3, 3), 1 / 9).tolist(), "edge": [[-1, 0, 1]] * 3},
        "chosen": "edge",
    },
}


def output(name):
    return explorable(name, still=PIXEL, alt="A still picture.", **SHOWN[name])._repr_html_()


@pytest.mark.parametrize("name", names())
class TestEach:
    def test_it_weighs_at_most_30_kilobytes(self, name):
        assert len(module(name).encode()) <= 30_000

    def test_it_fetches_and_imports_nothing(self, name):
        for word in ("import ", "fetch(", "XMLHttpRequest", "http:", "https:", "localStorage", "sessionStorage"):
            assert word not in module(name)

    @pytest.mark.parametrize("width", [1280, 390])
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_it_mounts_without_a_word_and_within_the_page(self, browser, name, width, theme):
        window = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        window.set_offline(True)
        opened, heard = window.new_page(), []
        opened.on("console", lambda message: heard.append(message.text))
        opened.on("pageerror", lambda error: heard.append(str(error)))
        opened.set_content(output(name))
        opened.wait_for_selector(".explorable-stage > *")
        assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert heard == []

    def test_it_follows_keyboard_and_pointer(self, browser, name):
        window = browser.new_context(viewport={"width": 700, "height": 1400}, reduced_motion="reduce")
        window.set_offline(True)
        opened, heard = window.new_page(), []
        opened.on("pageerror", lambda error: heard.append(str(error)))
        opened.set_content(output(name))
        opened.wait_for_selector(".explorable-stage > *")
        before = opened.evaluate(LOOK)
        if name == "photo":  # has a button and no more, until its network is loaded: see test_photo.py
            opened.get_by_role("button").click()
        for canvas in opened.locator("canvas:visible").all():
            box = canvas.bounding_box()
            middle = box["y"] + box["height"] / 2
            opened.mouse.move(box["x"] + 0.1 * box["width"], middle)
            opened.mouse.down()
            for share in (0.2, 0.7, 0.3, 0.95):
                opened.mouse.move(box["x"] + share * box["width"], middle)
            opened.mouse.up()
        for slider in opened.locator("input[type=range]").all():
            slider.press("ArrowRight")
        for box in opened.locator("input[type=checkbox]").all():
            box.press(" ")
        for choice in opened.locator("select").all():
            choice.select_option(index=choice.locator("option").count() - 1)
        for field in opened.locator("input[type=number]").all():
            field.fill("2")
            field.press("Tab")
        assert opened.evaluate(LOOK) != before
        for button in opened.get_by_role("button").all():
            button.click()
        assert heard == []

    def test_it_follows_a_finger(self, browser, name):
        opened = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800}).new_page()
        heard = []
        opened.on("pageerror", lambda error: heard.append(str(error)))
        opened.set_content(f'<meta name="viewport" content="width=device-width">{output(name)}')
        opened.wait_for_selector(".explorable-stage > *")
        opened.wait_for_timeout(300)
        before = opened.evaluate(LOOK)
        finger = opened.context.new_cdp_session(opened)
        if name in ("photo", "counter"):  # have buttons and no more
            opened.get_by_role("button").last.tap()
            opened.get_by_role("button").first.tap()
        for place in opened.locator("canvas:visible, input[type=range]:visible").all():
            place.scroll_into_view_if_needed()
            box = place.bounding_box()
            across = [(box["x"] + share * box["width"], box["y"] + box["height"] / 2) for share in (0.2, 0.4, 0.7, 0.8)]
            moves = [("touchMove", [point]) for point in across]
            for kind, points in [("touchStart", across[:1]), *moves, ("touchEnd", [])]:
                touched = [{"x": x, "y": y} for x, y in points]
                finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})
        for box in opened.locator("input[type=checkbox]:visible").all():
            box.tap()
        opened.wait_for_timeout(100)
        assert opened.evaluate(LOOK) != before
        for button in opened.get_by_role("button").all():
            button.tap()
        assert heard == []

    def test_what_stands_below_it_holds_still_for_whoever_jumps_there(self, browser, name):
        opened = browser.new_page(viewport={"width": 800, "height": 900})
        far = "<div style='height: 3000px'></div>"
        opened.set_content(f"{far}{output(name)}<p id='below'>Here.</p>{far}")
        opened.wait_for_function("document.querySelector('.explorable-stage > *')", timeout=5000)
        assert opened.evaluate(PLACES, "below") == [450]

    def test_axe_finds_nothing_serious(self, browser, name):
        opened = browser.new_context().new_page()
        opened.set_content(f"<html lang='en'><title>{name}</title><main><h1>{name}</h1>{output(name)}</main></html>")
        opened.wait_for_selector(".explorable-stage > *")
        found = Axe().run(opened, options={"resultTypes": ["violations"]}).response["violations"]
        assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []

    def test_twice_in_a_page_both_are_mounted(self, browser, name):
        opened = browser.new_page()
        opened.set_content(output(name) * 2)
        opened.wait_for_function("document.querySelectorAll('.explorable-stage').length === 2")

    def test_a_script_that_is_made_again_and_removed_at_once_works(self, browser, name):
        """As renderers of notebooks do it, in a frame of no origin under a strict policy and without storage."""
        opened = browser.new_page()
        policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
        made = (
            f'<meta http-equiv="Content-Security-Policy" content="{policy}"><div id="at"></div>'
            "<script>const at = document.getElementById('at');"
            f"at.innerHTML = {to_script(output(name))};"
            "for (const old of at.querySelectorAll('script')) {"
            "  const again = document.createElement('script'); again.type = old.type; again.text = old.text;"
            "  old.replaceWith(again); again.remove(); }</script>"
        )
        opened.set_content('<iframe sandbox="allow-scripts" style="width: 600px; height: 800px"></iframe>')
        opened.evaluate("page => { document.querySelector('iframe').srcdoc = page; }", made)
        opened.frame_locator("iframe").locator(".explorable-stage > *").first.wait_for()

    def test_without_scripts_its_still_picture_stands(self, browser, name):
        opened = browser.new_context(java_script_enabled=False).new_page()
        opened.set_content(output(name))
        assert opened.locator('img[alt="A still picture."]').is_visible()
        assert opened.locator(".explorable-stage").count() == 0


def to_script(text):
    import json

    return json.dumps(text).replace("</", "<\\/")


def test_every_source_has_its_proof():
    proved = set(SHOWN)
    assert proved == set(names()) == {path.stem for path in folder().glob("*.js")} - {"shared", "pencil"}


THIRD = Pencil(
    id="02-thirds",
    question="What is a third of 1?",
    key=lambda: 1 / 3,
    decimals=2,
    mistakes={"That is a half.": lambda: 0.5, "You multiplied.": lambda: 3, "The sign.": lambda: -1 / 3},
)


@pytest.fixture(scope="module")
def form(browser):
    """The page of a pencil check."""
    opened = browser.new_page()
    opened.set_content(PencilForm(THIRD)._repr_html_())
    opened.wait_for_selector("form.pencil button:enabled")
    return opened


class TestPencil:
    """The page judges as Python does."""

    @pytest.mark.parametrize(
        "text",
        [
            "1/3",
            "0.33",
            "0,34",
            ".32",
            "0.35",
            "1/2",
            "0.5",
            "3",
            "3.0",
            "-1/3",
            "−0,33",
            "one",
            "",
            "1/0",
            "1,000",
            "33%",
        ],
    )
    def test_it_says_what_python_says(self, form, text):
        form.fill("form.pencil input", text)
        form.press("form.pencil input", "Enter")
        right, message = THIRD.judge(text)
        assert form.text_content("form.pencil output") == f"{'✓' if right else '✗'} {message}"

    def test_a_label_names_the_field_and_the_answer_is_announced(self, form):
        assert form.get_by_label("What is a third of 1?").count() == 1
        assert form.get_attribute("form.pencil output", "aria-live") == "polite"

    def test_a_frame_that_may_send_no_forms_lets_it_answer(self, browser):
        opened = browser.new_page()
        opened.set_content('<iframe sandbox="allow-scripts" style="width: 600px; height: 300px"></iframe>')
        opened.evaluate("page => { document.querySelector('iframe').srcdoc = page; }", PencilForm(THIRD)._repr_html_())
        frame = opened.frame_locator("iframe")
        frame.locator("form.pencil button:enabled").wait_for()
        field, said = frame.locator("input"), frame.locator("output")
        field.fill("1/3")
        field.press("Enter")
        assert said.text_content() == "✓ Right."
        field.fill("0.5")
        frame.get_by_role("button").click()
        assert said.text_content() == "✗ That is a half."

    def test_without_scripts_the_question_stands_and_the_button_is_off(self, browser):
        opened = browser.new_context(java_script_enabled=False).new_page()
        opened.set_content(PencilForm(THIRD)._repr_html_())
        assert opened.locator("form.pencil button").is_disabled()
        assert opened.get_by_text("What is a third of 1?").is_visible()
