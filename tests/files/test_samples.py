import dataclasses

import numpy as np
import pytest

from alignlab.data.synthetic import generate
from alignlab.files import samples
from alignlab.files.chosen import check_choice, features_from_table, pairs_from_table
from alignlab.files.columns import join_tables
from alignlab.files.samples import SAMPLE, SAMPLED, sample_file
from alignlab.files.tables import read_table

DATA = generate(SAMPLE)
NAMES = [DATA.classes[code] for code in DATA.labels]


def brought(ending):
    name = f"alignlab sample.{ending}"
    return join_tables({name: read_table(sample_file(ending), name)})


@pytest.mark.parametrize("ending", SAMPLED)
def test_a_sample_comes_back_as_two_views_of_four_columns(ending):
    table, guess = brought(ending)
    check_choice(table, guess)
    assert len(table) == SAMPLE.n
    assert len(guess.view1) == len(guess.view2) == 4
    found = features_from_table(table, guess)
    np.testing.assert_allclose(found.X, DATA.X1, rtol=1e-14)
    np.testing.assert_allclose(found.Y, DATA.X2, rtol=1e-14)


@pytest.mark.parametrize("ending", ["npz", "csv", "parquet"])
def test_classes_come_back_by_name(ending):
    table, guess = brought(ending)
    assert guess.label_columns == ("label",)
    assert features_from_table(table, guess).labels.tolist() == NAMES
    assert pairs_from_table(table, guess).classes == tuple(sorted(DATA.classes))


def test_classes_come_back_by_number_where_there_is_no_text():
    table, guess = brought("safetensors")
    assert guess.label_columns == ("label",)
    np.testing.assert_array_equal(features_from_table(table, guess).labels, DATA.labels)


def test_a_single_matrix_has_no_labels():
    assert brought("npy")[1].label_columns == ()


def test_every_format_gives_the_same_columns_in_order():
    views = [[*guess.view1, *guess.view2] for _, guess in map(brought, ("csv", "parquet"))]
    expected = [f"{side}_{j}" for side in ("left", "right") for j in range(4)]
    assert views == [expected, expected]
    for ending in ("npz", "safetensors"):
        guess = brought(ending)[1]
        assert [*guess.view1, *guess.view2] == [name.replace("_", "[") + "]" for name in expected]


def test_two_samples_side_by_side_are_told_apart_by_their_files():
    table, guess = join_tables(
        {name: read_table(sample_file("npy"), name, 1) for name in ("one.npy", "two.npy")}
    )
    check_choice(table, guess)
    assert (guess.view1[0], guess.view2[-1]) == ("one[0]", "two[7]")


@pytest.mark.parametrize("ending", SAMPLED)
def test_the_order_of_arrays_in_memory_does_not_matter(ending, monkeypatch):
    turned = dataclasses.replace(DATA, X1=np.asfortranarray(DATA.X1), X2=np.asfortranarray(DATA.X2))
    monkeypatch.setattr(samples, "generate", lambda spec: turned)
    found = features_from_table(*brought(ending))
    np.testing.assert_allclose(found.X, DATA.X1, rtol=1e-14)
    np.testing.assert_allclose(found.Y, DATA.X2, rtol=1e-14)


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match=r"'xlsx' is not known: use one of npz, npy"):
        sample_file("xlsx")
