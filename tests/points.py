"""The message of `alignlab.ui.points`, read as the browser reads it."""

from typing import Any

import numpy as np
import orjson


def read(data: bytes) -> dict[str, Any]:
    """The header, with each place of an array replaced by the array, and names by their list."""
    length = int.from_bytes(data[:4], "little")
    header = orjson.loads(data[4 : 4 + length])
    body = data[4 + length :]

    def filled(part: Any) -> Any:
        if isinstance(part, dict) and "digest" in part:
            start = part["at"]
            return np.frombuffer(body[start : start + part["bytes"]], dtype="<" + part["type"])
        if isinstance(part, dict):
            return {name: filled(value) for name, value in part.items()}
        return [filled(value) for value in part] if isinstance(part, list) else part

    whole = filled(header)
    for panel in whole["panels"]:
        shape = (-1, len(panel["modalities"]), panel["dims"])
        for holder in (panel, *panel["frames"]):
            if panel["modalities"]:
                holder["positions"] = holder["positions"].reshape(shape)
    marks = whole["marks"]
    marks["colours"] = marks["colours"].reshape(-1, 3)
    if marks["names"] is not None:
        marks["names"] = orjson.loads(marks["names"].tobytes())
    return whole
