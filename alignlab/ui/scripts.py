"""Scripts that make a page's numbers again; each ends with a variable `table`."""

from __future__ import annotations

from alignlab.datasets import ColumnChoice
from alignlab.study import StudySpec
from alignlab.sweeps import Plan
from alignlab.synthetic import SyntheticSpec


def generate_script(spec: SyntheticSpec) -> str:
    """The moments of the pairs of a synthetic spec."""
    return f"""from alignlab.synthetic import SyntheticSpec, generate, moments

spec = {spec!r}
data = generate(spec)
table = moments(data)
"""


def study_script(pairs: str, spec: StudySpec) -> str:
    """The table of a study; `pairs` are the lines that make `data`."""
    return f"""{pairs}
from alignlab.study import StudySpec, study

result = study(data, {spec!r})
table = result.table
"""


def sweep_script(plan: Plan) -> str:
    """The mean of every metric over seeds, at every point of a plan."""
    return f"""from alignlab.sweeps import Plan, Sweep, means, run
from alignlab.synthetic import SyntheticSpec

plan = {plan!r}
table = means(run(plan))
"""


def bridge_script(spec: SyntheticSpec, family: str, a: float, b: float) -> str:
    """Subspace distances between the corners of the families and one member."""
    return f"""{synthetic_lines(spec)}
from alignlab.bridge import corners, member
from alignlab.bridge_words import corner_table

ends = corners(data, {spec.k})
table = corner_table(ends, member(data, {spec.k}, {family!r}, {a!r}, {b!r}, ends))
"""


def synthetic_lines(spec: SyntheticSpec) -> str:
    """Lines that make the synthetic pairs."""
    return f"""from alignlab.synthetic import SyntheticSpec, generate

data = generate({spec!r})"""


def digits_lines() -> str:
    """Lines that make the digits' halves."""
    return """from alignlab.datasets import digits_halves

data = digits_halves()"""


def upload_lines(name: str, digest: str, choice: ColumnChoice) -> str:
    """Lines that read the user's file, which must lie beside the script."""
    return f"""from hashlib import sha256

from alignlab.datasets import ColumnChoice, pairs_from_table, read_table

content = (HERE / {name!r}).read_bytes()
assert sha256(content).hexdigest() == {digest!r}, "this is another file"
data = pairs_from_table(read_table(content, {name!r}), {choice!r})"""
