"""Human activity recognition: align a camera with a wearable sensor, and transfer a task.

`simulate(seed)` or `load_utd_mhad(folder)` gives an `ActivityDataset`; `run_protocol(dataset,
spec)` trains, aligns and measures.
"""

from alignlab.har.dataset import ACTIONS, Activity, ActivityDataset
from alignlab.har.protocol import Experiment, ProtocolResult, ProtocolSpec, run_protocol
from alignlab.har.reader import load_utd_mhad
from alignlab.har.simulator import simulate

__all__ = [
    "ACTIONS",
    "Activity",
    "ActivityDataset",
    "Experiment",
    "ProtocolResult",
    "ProtocolSpec",
    "load_utd_mhad",
    "run_protocol",
    "simulate",
]
