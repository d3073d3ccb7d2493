"""Pages are counted by their own headers, before pyarrow takes the memory that they ask for."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alignlab.files import limits
from alignlab.files.formats import parquet_pages
from alignlab.files.formats.parquet import read_parquet
from alignlab.files.formats.parquet_pages import PREFIXES, pages_of
from alignlab.files.limits import UnreadableError

X = np.random.default_rng(0).standard_normal(3000)


def written(table, **how):
    buffer = io.BytesIO()
    pq.write_table(pa.table(table), buffer, **how)
    return buffer.getvalue()


def test_pages_of_all_kinds_are_counted_as_the_footer_counts_them():
    lists = pa.FixedSizeListArray.from_arrays(pa.array(np.repeat(X, 4)), 4)
    table = {"a": X, "b": lists, "c": ["cat", "dog", None] * 1000}
    for how in (
        {}, {"data_page_version": "2.0"}, {"row_group_size": 700, "compression": "zstd"},
        {"use_dictionary": False, "data_page_size": 500}, {"write_page_checksum": True},
    ):  # fmt: skip
        content = written(table, **how)
        meta = pq.ParquetFile(io.BytesIO(content)).metadata
        groups = [meta.row_group(j) for j in range(meta.num_row_groups)]
        for leaf, pages in enumerate(pages_of(content, range(3))):
            declared = [group.column(leaf) for group in groups]
            assert pages.values == sum(one.num_values for one in declared)
            # the footer counts the headers of pages too
            whole = sum(one.total_uncompressed_size for one in declared)
            assert 0.5 * whole < pages.unpacked < whole
            assert not pages.prefixed


def zigzag(number, width):
    """A number as Thrift writes it, in so many bytes."""
    number *= 2
    parts = [number >> 7 * j & 127 | 128 for j in range(width)]
    return bytes([*parts[:-1], parts[-1] & 127])


def test_a_footer_that_understates_its_pages_is_not_believed(monkeypatch):
    content = written({"a": np.zeros(200_000), "b": X[0] + np.zeros(200_000)}, use_dictionary=False,
                      compression="zstd")  # fmt: skip
    one = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0)
    for whole in (one.column(0).total_uncompressed_size, one.total_byte_size):
        width = 4
        assert zigzag(whole, width) in content
        content = content.replace(zigzag(whole, width), zigzag(100, width))
    least = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0)
    assert least.total_byte_size == least.column(0).total_uncompressed_size == 100
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2**20)
    pool = pa.default_memory_pool()
    before = pool.max_memory()
    with pytest.raises(UnreadableError, match="unpacks to"):
        read_parquet(content)
    assert pool.max_memory() - before < 2**20


def test_a_page_that_asks_for_more_than_the_limit_is_refused_before_it_is_unpacked(monkeypatch):
    content = written({"a": X, "b": X}, use_dictionary=False, compression="zstd")
    head = b"\x15\x00\x15"  # the first header: its kind, then its size unpacked
    at = 4 + len(head)
    assert content[:at] == b"PAR1" + head
    assert content[at : at + 3] == zigzag(8 * len(X) + 7, 3)
    page = content[:at] + zigzag(2**20 - 1, 3) + content[at + 3 :]
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2**19)
    assert len(read_parquet(content)) == len(X)
    with pytest.raises(UnreadableError, match="unpacks to"):
        read_parquet(page)
    with pytest.raises(UnreadableError, match="malformed: copy or save it again"):
        pages_of(content[:4] + b"\xff" * 40 + content[44:], [0])


def test_texts_that_share_their_beginnings_are_refused_as_their_size_is_not_known():
    texts = ["x" * 20_000 + str(j) for j in range(2000)]
    how = {"use_dictionary": False, "column_encoding": {"t": "DELTA_BYTE_ARRAY"}}
    content = written({"t": texts, "a": X[:2000], "b": X[:2000]}, **how)
    assert len(content) < 10**6
    assert [pages.prefixed for pages in pages_of(content, range(3))] == [True, False, False]
    assert PREFIXES == 7
    with pytest.raises(UnreadableError, match=r"DELTA_BYTE_ARRAY.*save it again with pandas"):
        read_parquet(content)


def test_pages_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(parquet_pages, "MAX_PAGES", 5)
    content = written(
        {"a": X, "b": X}, use_dictionary=False, data_page_size=200, write_batch_size=9
    )
    with pytest.raises(UnreadableError, match="more than 5 pages: save it again in fewer"):
        read_parquet(content)
