"""Left and right halves of scikit-learn's handwritten digits."""

from __future__ import annotations

from alignlab.data.pairs import PairedData


def digits_halves() -> PairedData:
    """Left and right halves of scikit-learn's 8 x 8 digits: 1797 pairs, 32 + 32 pixels, 10 classes.

    X1 : (1797, 32) columns 0-3 of each image, X2 : (1797, 32) columns 4-7, row by row, grey 0-16.
    """
    from sklearn.datasets import load_digits  # slow to import

    digits = load_digits()
    images = digits.images
    return PairedData(
        X1=images[:, :, :4].reshape(len(images), 32),
        X2=images[:, :, 4:].reshape(len(images), 32),
        labels=digits.target,
        classes=tuple(str(digit) for digit in range(10)),
    )
