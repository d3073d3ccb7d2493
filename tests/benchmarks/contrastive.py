"""A step of contrastive training against another checkout's, in turn in one run.

Run: `python -m tests.benchmarks.contrastive CHECKOUT [repeats]`, with a folder that holds an older
checkout. Both train the default recipe (n = 2,000, k = d = 2, batches of 512) on one thread.
"""

import json
import os
import subprocess
import sys

import numpy as np

from tests.server import ROOT

STEPS = 300

_CODE = f"""
import json, time
import numpy as np
import alignlab as al
from alignlab.aligners.contrastive import ContrastiveSpec, Training
data = al.generate(al.SyntheticSpec())
training = Training(data.X1, data.X2, ContrastiveSpec(steps={STEPS}))
steps = training.run()
next(steps)
start = time.process_time(), training.done
for _ in steps:
    pass
taken = (time.process_time() - start[0]) / (training.done - start[1])
print(json.dumps([taken, [loss for _, loss, _ in training.history[1:]]]))
"""


def measured(folder: str) -> tuple[float, np.ndarray]:
    """CPU seconds a step, and the losses of the training."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": folder}
    run = subprocess.run(
        [sys.executable, "-c", _CODE], cwd=folder, env=environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    taken, losses = json.loads(run.stdout)
    return taken, np.array(losses)


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit("name the folder of an older checkout")
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    ratios = []
    for _ in range(repeats):
        (before, old), (now, new) = measured(sys.argv[1]), measured(str(ROOT))
        ratios.append(before / now)
        print(
            f"{before * 1e3:.2f} ms a step before, {now * 1e3:.2f} now: {ratios[-1]:.1f} times as "
            f"fast; largest difference of a loss {np.abs(old - new).max():.1e}"
        )
    print(f"median {np.median(ratios):.1f}")


if __name__ == "__main__":
    main()
