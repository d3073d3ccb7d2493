import numpy as np
import pytest
from numpy.random import PCG64, SeedSequence

from alignlab.data import streams
from alignlab.data.streams import Streams, hashes, stream_of

LARGEST = 2**32 - 1


def test_hashes_are_those_of_numpy():
    rng = np.random.default_rng(0)
    seeds = np.concatenate(
        [
            rng.integers(0, 2**32, (200, 3)),
            rng.integers(0, 20, (200, 3)),
            [[0, 0, 0], [LARGEST] * 3, [0, 0, LARGEST], [LARGEST, 0, 0]],
        ]
    ).astype(np.uint32)
    expected = [SeedSequence(row.tolist()).generate_state(4, np.uint64) for row in seeds]
    np.testing.assert_array_equal(hashes(seeds), expected)


def test_hashes_lie_in_one_piece_as_pcg64_reads_them():
    assert hashes(np.arange(12, dtype=np.uint32).reshape(4, 3)).flags.c_contiguous


@pytest.mark.parametrize("seed", [0, 7, LARGEST, 2**32, 2**70])
def test_streams_are_those_of_default_rng_from_their_start(seed):
    prepared = Streams([3, seed], [(0, 0), (5, 1000)])
    for _ in range(2):
        for a, b in ((0, 0), (5, 1000), (1, 2)):  # the last pair was not prepared
            expected = np.random.default_rng([seed, a, b])
            found = prepared(seed, a, b)
            assert found.bit_generator.state == expected.bit_generator.state
            np.testing.assert_array_equal(found.standard_normal(9), expected.standard_normal(9))


def test_prepared_streams_are_not_seeded_one_by_one(monkeypatch):
    prepared = Streams([3, 4], [(0, 0)])
    monkeypatch.setattr(streams, "stream_of", None)
    assert prepared(4, 0, 0).random() == np.random.default_rng([4, 0, 0]).random()


def test_no_seeds_or_pairs_prepare_nothing():
    for prepared in (Streams([], [(0, 0)]), Streams([1], [])):
        assert prepared(1, 0, 0).random() == stream_of(1, 0, 0).random()


def test_a_hash_is_used_for_what_it_is_alone():
    sequence = streams._Hashed(hashes(np.zeros((1, 3), dtype=np.uint32))[0])
    assert PCG64(sequence).random_raw() == PCG64(SeedSequence([0, 0, 0])).random_raw()
    for n_words, dtype in ((4, np.uint32), (8, np.uint64)):
        with pytest.raises(ValueError, match="are not known"):
            sequence.generate_state(n_words, dtype)
