import os

import pytest
import streamlit as st

from alignlab.ui.files.paths import ROOTS, allowed, only_loopback, paths_accepted


@pytest.fixture
def listening(monkeypatch):
    """Set the address that the server listens on."""
    monkeypatch.delenv(ROOTS, raising=False)

    def on(address):
        monkeypatch.setattr(st.config, "get_option", {"server.address": address}.get)

    return on


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_on_loopback_any_path_is_accepted(address, listening, tmp_path):
    listening(address)
    assert only_loopback()
    assert paths_accepted()
    assert allowed(str(tmp_path)) == tmp_path.resolve()


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.0.3", "", None, "example.org"])
def test_elsewhere_none_is(address, listening, tmp_path):
    listening(address)
    assert not only_loopback()
    assert not paths_accepted()
    with pytest.raises(ValueError, match="is refused"):
        allowed(str(tmp_path))


def test_where_roots_are_named_they_are_the_rule_on_loopback_too(listening, tmp_path, monkeypatch):
    """A proxy on the same machine lets others in."""
    listening("127.0.0.1")
    (tmp_path / "data").mkdir()
    monkeypatch.setenv(ROOTS, str(tmp_path / "data"))
    assert allowed(str(tmp_path / "data")) == (tmp_path / "data").resolve()
    with pytest.raises(ValueError, match="only paths under"):
        allowed(str(tmp_path))
    monkeypatch.setenv(ROOTS, "none")
    assert not paths_accepted()
    with pytest.raises(ValueError, match="no path is read"):
        allowed(str(tmp_path / "data"))


def test_roots_open_what_is_below_them(listening, tmp_path, monkeypatch):
    listening("0.0.0.0")
    root, other = tmp_path / "data", tmp_path / "data2"
    for folder in (root, other):
        folder.mkdir()
        (folder / "a.npy").write_bytes(b"")
    monkeypatch.setenv(ROOTS, f"{tmp_path / 'absent'}{os.pathsep}{root}")
    assert paths_accepted()
    assert allowed(str(root)) == root.resolve()
    assert allowed(str(root / "a.npy")) == (root / "a.npy").resolve()
    for outside in (other / "a.npy", root / ".." / "data2" / "a.npy", tmp_path):
        with pytest.raises(ValueError, match=f"only paths under {root.resolve()}"):
            allowed(str(outside))


def test_links_are_followed_before_the_rule(listening, tmp_path, monkeypatch):
    listening("0.0.0.0")
    root, secret = tmp_path / "data", tmp_path / "secret.npy"
    root.mkdir()
    secret.write_bytes(b"")
    (root / "link.npy").symlink_to(secret)
    monkeypatch.setenv(ROOTS, str(root))
    with pytest.raises(ValueError, match="is refused"):
        allowed(str(root / "link.npy"))


def test_a_root_may_be_a_link_itself(listening, tmp_path, monkeypatch):
    listening("0.0.0.0")
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "real")
    monkeypatch.setenv(ROOTS, str(tmp_path / "root"))
    assert allowed(str(tmp_path / "root")) == (tmp_path / "real").resolve()


def test_a_refusal_does_not_tell_whether_the_path_exists(listening, tmp_path):
    listening("0.0.0.0")
    messages = []
    for name in ("there", "absent"):
        if name == "there":
            (tmp_path / name).write_bytes(b"")
        with pytest.raises(ValueError, match="is refused") as refused:
            allowed(str(tmp_path / name))
        messages.append(str(refused.value).replace(name, ""))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("text", ["data/x.npy", "", "x\0y", "/no/such/file.npy", "/dev/null"])
def test_what_is_no_file_or_folder_is_named(text, listening):
    listening("127.0.0.1")
    with pytest.raises(ValueError, match=r"absolute path|neither a file nor a folder"):
        allowed(text)


def test_a_loop_of_links_is_named(listening, tmp_path):
    listening("127.0.0.1")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(ValueError, match=r"cannot be resolved|neither a file"):
        allowed(str(tmp_path / "a"))


def test_quotes_and_home_are_understood(listening, tmp_path, monkeypatch):
    listening("127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert allowed(f"'{tmp_path}'") == allowed("~") == tmp_path.resolve()
