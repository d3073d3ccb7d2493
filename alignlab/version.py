"""The version of alignlab, recorded in results and packs."""

__version__ = "0.2.0"
