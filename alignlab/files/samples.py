"""A sample file for each format that can hold one, with the same labelled pairs."""

from __future__ import annotations

import numpy as np

from alignlab.checks import InputError
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.files.registry import ENDINGS, FORMATS

SAMPLE = SyntheticSpec(n=200, d1=4, d2=4, noise=0.5)

SAMPLED = tuple(ending for form in FORMATS if form.sample for ending in form.endings[:1])
"""The endings of the sample files, one for each format that has one."""


def sample_file(ending: str) -> bytes:
    """200 pairs of 4 + 4 features in the format of an ending, as the bytes of a file.

    Classes are stored by name, or by number where a format has no text; an NPY file is one matrix,
    without labels.
    """
    form = ENDINGS.get(ending)
    if form is None or form.sample is None:
        known = ", ".join(SAMPLED)
        raise InputError("sample_file", f"{ending!r} is not known: use one of {known}")
    data = generate(SAMPLE)
    assert data.labels is not None
    return form.sample(data.X1, data.X2, np.array(data.classes)[data.labels])
