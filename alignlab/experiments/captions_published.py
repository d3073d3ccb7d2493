"""Accuracies that the phase-diagram paper's public code holds for MS-COCO, one run each."""

from __future__ import annotations

from collections.abc import Mapping

LEVELS = (0.0, 0.2, 0.5)
"""Strengths of the style transforms: 0, 1 and 3 of the six groups of distortion."""

COCO: Mapping[str, tuple[float, float, float]] = {
    "CA, image, clean": (0.4709, 0.4824, 0.4603),
    "image → text, clean": (0.5690, 0.5553, 0.4939),
    "text → image": (0.4607, 0.4859, 0.4933),
}
"""Top-1 accuracy of the dominant category, 80 classes, by method at each of `LEVELS`.

Encoders trained from scratch. In the public code the probe sees images without distortion, whatever
the encoder was trained on.

Source: "When to Align, When to Predict", Figure 6, with the values of its public code.
"""
