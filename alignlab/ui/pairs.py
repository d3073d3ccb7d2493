"""Which pairs a page works on: synthetic ones, the digits, or those of the user's file."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from alignlab.pairs import PairedData
from alignlab.ui import parameters, scripts
from alignlab.ui.cache import digits_pairs, labels_pairs, synthetic_pairs, upload_pairs
from alignlab.ui.controls import Value
from alignlab.ui.upload import bring_file


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Pairs with what made them.

    key : tells them from all others, without holding them.
    name : for the zoom of pictures; settings : as JSON can hold them.
    lines : Python that makes `data`; notes : for the take-away pack.
    own : whether this session brought them, and nobody else has them.
    """

    data: PairedData
    key: Hashable
    name: str
    settings: dict[str, Any]
    lines: str
    notes: dict[str, str] = field(default_factory=dict)
    own: bool = False


def choose_pairs(values: Mapping[str, Value]) -> Pairs | None:
    """The pairs that the controls ask for; None while the user's file is missing.

    ValueError when the settings or the file do not allow it.
    """
    source = values["source"]
    if source in parameters.DRAWN_SOURCES:
        spec = parameters.synthetic_spec(values)
        with_labels = source == "labels"
        return Pairs(
            data=labels_pairs(spec) if with_labels else synthetic_pairs(spec),
            key=(source, spec),
            name=f"{source} {spec.latent}",
            settings={"source": source, "synthetic": asdict(spec)},
            lines=scripts.labels_lines(spec) if with_labels else scripts.synthetic_lines(spec),
        )
    if source == "digits":
        return Pairs(
            data=digits_pairs(),
            key=source,
            name=source,
            settings={"source": source},
            lines=scripts.digits_lines(),
        )
    brought = bring_file()
    if brought is None:
        return None
    upload, columns = brought
    file = {"files": dict(upload.files)} | asdict(columns)
    return Pairs(
        data=upload_pairs(upload.digest, columns, upload.head),
        key=(upload.digest, columns),
        name=f"upload {upload.digest}",
        own=True,
        settings={"source": source, "file": file},
        lines=scripts.upload_lines(upload.files, columns),
        notes={
            "BRING YOUR FILE.txt": f"Put {upload.name} beside reproduce.py; it is not packed.\n"
        },
    )
