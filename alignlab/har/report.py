"""What reading a folder found: said file by file, so that nothing is left out in silence."""

from __future__ import annotations

from dataclasses import dataclass

BAD_LISTS = "split lists"
"""What kind of trouble lists that cannot be used are."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A file that was left out, and why.

    kind : "empty", "truncated", "unreadable", "misnamed", "undecodable" (no decoder here) or
        `BAD_LISTS`.
    files : more than one where a whole folder cannot be used.
    """

    file: str
    kind: str
    reason: str
    files: int = 1


@dataclass(frozen=True, kw_only=True)
class ReadingReport:
    """What was found, missing or unreadable.

    found : sequences read, by modality, for the folders that are there.
    folders_missing : folders of modalities that are not there.
    missing : by modality, the sequences of the data set without a usable file; the three that the
        data set itself lacks are not counted.
    troubles : files that were left out.
    """

    found: dict[str, int]
    folders_missing: tuple[str, ...]
    missing: dict[str, tuple[str, ...]]
    troubles: tuple[Trouble, ...]

    @property
    def skipped(self) -> int:
        """Number of files that were left out."""
        return sum(one.files for one in self.troubles)

    def lines(self) -> list[str]:
        """The report in sentences, one a line."""
        told = [f"{name}: {count} sequences read" for name, count in self.found.items()]
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
