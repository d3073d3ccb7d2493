"""Points that are drawn in one map, of one latent or of several, by the method of the spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from alignlab.maps.layout import Layout
from alignlab.maps.pca import principal_components
from alignlab.maps.points import distinct, on_common_axes, with_size
from alignlab.maps.spec import MapSpec, Plan
from alignlab.maps.tsne import tsne
from alignlab.maps.umap import umap


class Part:
    """The points of one map.

    clouds : points (m, k) of each latent, by name; several are brought to common axes.
    start : positions (m, 2) to start from, by name, or None.
    """

    def __init__(
        self, clouds: Mapping[str, np.ndarray], start: Mapping[str, np.ndarray] | None
    ) -> None:
        self._size = 1.0
        if len(clouds) > 1:
            self.clouds = on_common_axes(clouds)
        else:
            ((name, X),) = clouds.items()
            X, self._size = with_size(X)
            self.clouds = {name: X}
        self._start = None if start is None else np.concatenate([start[name] for name in clouds])

    def layouts(self, spec: MapSpec, plan: Plan) -> Iterator[Layout | int]:
        """Draw them: layouts of all rows, in the order of the clouds, and numbers of steps taken.

        See `tsne` for both.
        """
        X = np.concatenate(list(self.clouds.values()))
        if spec.method == "pca":
            Y, shares = principal_components(X, spec.dims)
            yield Layout(Y=Y * self._size, step=1, shares=shares)
            return
        setting = "neighbours" if spec.method == "umap" else "perplexity"
        first, which = distinct(X, setting, getattr(spec, setting))
        draw = umap if spec.method == "umap" else tsne
        start = None if self._start is None else self._start[first]
        for now in draw(X[first], spec, start, plan):
            yield replace(now, Y=now.Y[which]) if isinstance(now, Layout) else now

    def rows(self, name: str, Y: np.ndarray) -> np.ndarray:
        """The rows of Y (m, dims) that show the points of this latent."""
        at = 0
        for other, X in self.clouds.items():
            if other == name:
                return Y[at : at + len(X)]
            at += len(X)
        raise KeyError(name)
