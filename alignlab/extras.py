"""Optional libraries: imported where they are used, and missed with the command that installs them.

`pip install alignlab` brings what the closed-form computations need. Training, file formats, plots
and the app each need more, in the extras of `pyproject.toml`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


class MissingLibraryError(ModuleNotFoundError, ValueError):
    """A library of an extra is not installed: a ValueError too, as every refusal of ours is."""


def needed(module: str, extra: str, what: str) -> ModuleType:
    """The module of that name, from a library that the extra `alignlab[extra]` installs.

    module : "pyarrow.parquet", as in an import statement.
    extra : the name of an extra in `pyproject.toml`, such as "files".
    what : the subject of the refusal, as in "a Parquet file" or "al.contrastive".

    Raises MissingLibraryError, with the command that installs it, where the library is missing; an
    error inside an installed library is left as it is.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != library:
            raise
        raise MissingLibraryError(
            f"{what} needs {library}, which is not installed: pip install 'alignlab[{extra}]'",
            name=error.name,
        ) from error
