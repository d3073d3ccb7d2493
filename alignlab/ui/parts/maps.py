"""The controls of t-SNE, shared by the pages that draw it."""

from __future__ import annotations

from alignlab.ui.controls import Steps

PERPLEXITY = Steps(
    name="perplexity", label="Perplexity", default=30.0, low=1.0, high=500.0,
    stops=(2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0), help="Effective number of neighbours.",
)  # fmt: skip
EXAGGERATION = Steps(
    name="exaggeration", label="Early exaggeration", default=12.0, low=1.0, high=200.0,
    stops=(1.0, 4.0, 8.0, 12.0, 24.0, 48.0),
    help="Factor that pulls clusters together in the first iterations.",
)  # fmt: skip
