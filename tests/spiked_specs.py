"""Specs of the spiked model used in tests."""

from dataclasses import replace

from alignlab.spiked.model import SpikedSpec


def swapped(spec: SpikedSpec) -> SpikedSpec:
    """The same model with the names of the views exchanged: forward CP is then y -> x."""
    return replace(
        spec,
        gamma_x=spec.gamma_y,
        gamma_y=spec.gamma_x,
        gamma_tilde_x=spec.gamma_tilde_y,
        gamma_tilde_y=spec.gamma_tilde_x,
    )
