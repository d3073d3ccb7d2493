import json
import sys

import pytest

from alignlab.extras import needed


def test_an_installed_library_is_imported():
    assert needed("json.decoder", "files", "this test") is json.decoder


def test_a_missing_library_is_named_with_its_remedy():
    message = r"a HDF5 file needs h5wat, .*: pip install 'alignlab\[hdf5\]'$"
    with pytest.raises(ModuleNotFoundError, match=message) as refused:
        needed("h5wat.below", "hdf5", "a HDF5 file")
    assert refused.value.name == "h5wat"
    assert isinstance(refused.value, ValueError)  # as pages and the command line expect refusals


def test_a_blocked_library_counts_as_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "colorsys", None)
    with pytest.raises(ModuleNotFoundError, match="plot needs colorsys"):
        needed("colorsys", "plot", "plot")


def test_a_failure_inside_an_installed_library_is_not_called_missing(monkeypatch, tmp_path):
    (tmp_path / "alignlab_test_broken.py").write_text("import alignlab_test_nowhere\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match=r"No module named .alignlab_test_nowhere.$"):
        needed("alignlab_test_broken", "files", "a file")
