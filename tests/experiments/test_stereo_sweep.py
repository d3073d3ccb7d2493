import pandas as pd
import pytest

from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo import CEILINGS, METHODS, stereo_cell
from alignlab.experiments.stereo_sweep import COLUMNS, StereoSweep, StereoSweepSpec
from alignlab.work import finish

SPEC = StereoSweepSpec(spec=StereoSpec(n=400, seed=3), ks=(2, 8), jitters=(0.0, 0.3), seeds=2)


def test_a_sweep_reports_its_progress_and_keeps_what_is_done():
    sweep = StereoSweep(SPEC)
    assert (sweep.done, sweep.total, len(sweep.table)) == (0, 4, 0)
    assert sweep.table.columns.tolist() == list(COLUMNS)
    steps = sweep.run()
    for done in (1, 2):
        next(steps)
        assert sweep.done == done
        assert len(sweep.table) == done * 2 * len(METHODS | CEILINGS)
    steps.close()
    assert sweep.table["seed"].unique().tolist() == [3]


def test_its_rows_are_the_scores_of_the_cells():
    sweep, seen = StereoSweep(SPEC), []
    finish(sweep, lambda done, total: seen.append((done, total)), "test")
    assert seen[-1] == (4, 4)
    for spec in SPEC.cells():
        cell = stereo_cell(spec)
        rows = sweep.table.query("jitter == @spec.jitter and seed == @spec.seed")
        for k in SPEC.ks:
            found = rows[rows["k"] == k].set_index("method")[["accuracy", "place R²"]]
            pd.testing.assert_frame_equal(found, cell.scores(k))
        assert (rows["nuisance correlation"] == cell.nuisance_correlations[0]).all()
    assert (sweep.at(8)["k"] == 8).all()
    assert len(sweep.at(8)) == len(sweep.table) / 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"spec": StereoSpec(n=100)}, "n = 100 is out of range"),
        ({"ks": (4, 65)}, "k = 65 is out of range"),
        ({"ks": ()}, "give at least one"),
        ({"ks": (4, 4)}, "each once"),
        ({"jitters": ()}, "give at least one"),
        ({"jitters": (0.1, 0.1)}, "each once"),
        ({"jitters": (0.1, -1)}, "jitter = -1 is out of range"),
        ({"jitters": 0.1}, "is not a sequence"),
        ({"seeds": 0}, "seeds = 0 is out of range"),
    ],
)
def test_settings_that_cannot_be_used_are_named(given, said):
    with pytest.raises(ValueError, match=said):
        StereoSweepSpec(**given)


def test_sequences_and_arrays_of_jitters_are_the_same_sweep():
    listed = StereoSweepSpec(jitters=[0.0, 0.1])
    assert listed == StereoSweepSpec(jitters=pd.Series([0.0, 0.1]))
    assert hash(listed) == hash(StereoSweepSpec(jitters=(0.0, 0.1)))
