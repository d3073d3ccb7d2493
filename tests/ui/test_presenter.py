import re

import pytest

from alignlab.ui.presenter import names_of, qr_code


def test_names_of_controls_are_given_with_commas():
    assert names_of("") == []
    assert names_of("nu, kappa,") == ["nu", "kappa"]


@pytest.mark.parametrize("text", ["nu;kappa", "<b>", "a b"])
def test_what_is_no_name_is_refused(text):
    with pytest.raises(ValueError, match="give names with commas"):
        names_of(text)


def test_a_longer_link_gives_a_larger_code_and_too_long_a_one_none():
    sizes = [
        int(re.search(r'viewBox="0 0 (\d+) \1"', qr_code(f"http://localhost:8501/?x={'1' * n}"))[1])
        for n in (1, 100, 1000)
    ]
    assert sizes == sorted(set(sizes))
    assert qr_code("http://localhost:8501/?x=" + "1" * 5000) == ""


def test_a_code_needs_nothing_from_elsewhere():
    code = qr_code("http://localhost:8501/phase?nu=0.4")
    assert code.startswith("<svg")
    assert "href" not in code
    assert "script" not in code
