"""t-SNE maps without a job: the result of `Maps` in one call."""

from alignlab.maps import Maps, MapSpec


def tsne(Z1, Z2, spec=None):
    """The map of one pair of latents."""
    return _drawn({"": (Z1, Z2)}, spec, joint=False)[""]


def joint_tsne(latents, spec=None):
    """The maps of several latents, (Z1, Z2) by name, fitted together."""
    return _drawn(latents, spec, joint=True)


def _drawn(latents, spec, joint):
    work = Maps(latents, (spec or MapSpec(),), joint=joint)
    for _ in work.run():
        pass
    return {name: found for (name, _), found in work.maps.items()}
