"""The rank of each row's partner among all rows of the other modality."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from alignlab.checks import as_view
from alignlab.metrics import same_shape
from alignlab.partners import Partners
from alignlab.work import Progress, finish


class Ranks:
    """`partner_ranks` of Z1 (n, k) and Z2 (n, k) as the work of a job.

    done, total : rows compared, and all. found : the ranks, once all are.
    """

    def __init__(self, Z1: np.ndarray, Z2: np.ndarray) -> None:
        Z1, Z2 = same_shape("partner_ranks", Z1=Z1, Z2=Z2)
        self._counts = Partners(
            as_view(Z1, "Z1", "partner_ranks", rows=1), as_view(Z2, "Z2", "partner_ranks", rows=1)
        )
        self.total = self._counts.total

    @property
    def done(self) -> int:
        """Rows compared so far."""
        return self._counts.done

    @property
    def found(self) -> tuple[np.ndarray, np.ndarray]:
        """The ranks (n,) from modality 1 to 2, and back."""
        assert self.done == self.total
        one, two = self._counts.closer + (self._counts.as_close + 1) / 2
        return one, two

    def run(self) -> Iterator[None]:
        """Compare all rows, pausing often."""
        yield from self._counts.run()


def partner_ranks(
    Z1: np.ndarray, Z2: np.ndarray, *, progress: Progress = None
) -> tuple[np.ndarray, np.ndarray]:
    """Rank of the partner of each row of Z1 (n, k) among all rows of Z2 (n, k), and the reverse.

    Two arrays (n,), float64: 1 if no other row is nearer, up to n. Ties count in expectation, as if
    they were broken at random: in a latent that has collapsed to one point all ranks are
    (n + 1) / 2. Exact, in blocks of bounded memory, with n^2 k operations.

    progress : called with (done, total) rows, or a bar: `progress=tqdm()`.

    Raises ValueError as `cmae`, and for values that are not finite.

    Equivalent to: without ties, the first is
    `(cdist(Z1, Z2) <= np.linalg.norm(Z1 - Z2, axis=1)[:, None]).sum(1)`. The share of ranks up to
    `top` is `retrieval(Z1, Z2, top)`.

    Examples
    --------
    The last row of Z1 has one row nearer than its partner, and the third of Z2 has one:

    >>> import alignlab as al
    >>> Z1, Z2 = [[0.0], [1.0], [2.0], [3.0]], [[0.1], [1.1], [2.6], [4.0]]
    >>> ranks1, ranks2 = al.partner_ranks(Z1, Z2)
    >>> ranks1.tolist(), ranks2.tolist()
    ([1.0, 1.0, 1.0, 2.0], [1.0, 1.0, 2.0, 1.0])
    >>> float((ranks1 <= 1).mean()) == al.retrieval(Z1, Z2)
    True
    """
    work = Ranks(Z1, Z2)
    finish(work, progress, "partner_ranks")
    return work.found
