"""The version of alignlab, for results and packs that say what made them."""

__version__ = "0.1.0"
