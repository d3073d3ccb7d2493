"""Experiments as the work of a job: the estimate of a duration, and a cached experiment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from alignlab.har.dataset import ActivityDataset
from alignlab.har.protocol import Experiment, ProtocolResult, ProtocolSpec
from alignlab.har.store import ResultCache

if TYPE_CHECKING:
    from alignlab.har.training import Training


def cache_folder() -> Path | None:
    """The folder of cached results: `alignlab` in the user's cache folder. Safe to delete.

    None for a user without a home folder, as a service may be, unless XDG_CACHE_HOME names one.
    """
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "alignlab"
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "alignlab" / "cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "alignlab"
        return Path.home() / ".cache" / "alignlab"
    except RuntimeError:  # neither the environment nor the list of users knows one
        return None


class Estimation:
    """The estimated duration of an experiment, from a few of its steps.

    seconds : the estimate once done, else None; sizes : sequences in each part of the first split.
    """

    def __init__(self, dataset: ActivityDataset, spec: ProtocolSpec) -> None:
        """ValueError where the experiment cannot be made."""
        self._experiment: Experiment | None = Experiment(dataset, spec)
        split = self._experiment.result.splits[spec.seeds[0]]
        self.sizes = split.sizes
        self.seconds: float | None = None
        self.done, self.total = 0, 1

    def run(self) -> Iterator[None]:
        """Measure a few steps."""
        assert self._experiment is not None  # it is run once
        self.seconds = self._experiment.estimate()
        self._experiment = None  # and its data
        self.done = 1
        yield


class KeptExperiment:
    """An experiment that is read from the cache, or else run and stored there.

    done, total : as in `Experiment`; result : what is finished; replaced, never modified.
    was_kept : whether it came from the cache; not_kept : why it could not be stored, or "".
    """

    def __init__(self, dataset: ActivityDataset, spec: ProtocolSpec, cache: ResultCache) -> None:
        """ValueError where the experiment cannot be made."""
        self._dataset: ActivityDataset | None = dataset
        self._experiment: Experiment | None = Experiment(dataset, spec)
        self._cache = cache
        self.result: ProtocolResult = self._experiment.result
        self.done, self.total = 0, self._experiment.total
        self.was_kept, self.not_kept = False, ""

    @property
    def training(self) -> Training | None:
        """The current training, or None."""
        experiment = self._experiment
        return None if experiment is None else experiment.training

    def run(self) -> Iterator[None]:
        """Read it, or train step by step."""
        experiment, dataset = self._experiment, self._dataset
        assert experiment is not None  # it is run once
        assert dataset is not None
        kept = self._cache.get(dataset, experiment.spec)
        if kept is not None:
            self.result, self.was_kept = kept, True
        else:
            for _ in experiment.run():
                self.result = experiment.result
                # the last step is done only when the result is stored
                self.done = min(experiment.done, self.total - 1)
                yield
            try:
                self._cache.put(dataset, self.result)
            except OSError as error:
                self.not_kept = error.strerror or str(error)
            except MemoryError:
                self.not_kept = "not enough memory to write it"
        # the result is small; the experiment and its data are not
        self._experiment = self._dataset = None
        self.done = self.total
        yield
