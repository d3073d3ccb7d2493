"""The report on reading a folder, file by file, so that no file is skipped silently."""

from __future__ import annotations

from dataclasses import dataclass, field

BAD_LISTS = "split lists"
"""The kind of trouble of split lists that cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A file that was skipped, and why.

    kind : "empty", "truncated", "unreadable", "misnamed", "copy" (a second file of a sequence),
        "packed", "link" (to a place that may not be read), "undecodable" (no decoder installed) or
        `BAD_LISTS`.
    files : number of files with this trouble, of which `file` is the first.
    """

    file: str
    kind: str
    reason: str
    files: int = 1


@dataclass(frozen=True, kw_only=True)
class ReadingReport:
    """What was found, missing or unreadable.

    found : number of sequences read, by modality, for the folders that exist.
    folders_missing : folders of modalities that do not exist.
    missing : by modality, the sequences of the data set without a usable file; the three that the
        data set itself lacks are not counted.
    troubles : files that were skipped.
    places : by modality, the folders in which its files were found, relative to the given one.
    notes : further remarks: that the search ended early, or where other modalities may be.
    """

    found: dict[str, int]
    folders_missing: tuple[str, ...]
    missing: dict[str, tuple[str, ...]]
    troubles: tuple[Trouble, ...]
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def skipped(self) -> int:
        """Number of skipped files."""
        return sum(one.files for one in self.troubles)

    def lines(self) -> list[str]:
        """The report as sentences, one per line."""
        told = list(self.notes)
        told += [
            f"{name}: {count} sequences read{self._where(name)}"
            for name, count in self.found.items()
        ]
        told += [
            f"{name}: {len(names)} of the data set's sequences are missing "
            f"({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
            for name, names in self.missing.items()
            if names
        ]
        if self.folders_missing:
            told.append(f"no folder {', '.join(self.folders_missing)}")
        told += [
            f"left out {one.file} ({one.kind}{f', {one.files} files' if one.files > 1 else ''}): "
            f"{one.reason}"
            for one in self.troubles
        ]
        return told

    def _where(self, modality: str) -> str:
        places = [
            one if one != "." else "the folder itself" for one in self.places.get(modality, ())
        ]
        more = f" and {len(places) - 3} more folders" if len(places) > 3 else ""
        return f", from {', '.join(places[:3])}{more}" if places else ""
