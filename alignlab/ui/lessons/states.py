"""The quantities of a page's setting, from the same cached functions and jobs as the page's own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from alignlab.experiments.compare import Comparison
from alignlab.experiments.space import Spaces
from alignlab.lessons import quantities as q
from alignlab.maps import Maps
from alignlab.spiked.phase import PARAMETERS
from alignlab.spiked.theory import separation_ratios
from alignlab.ui.controls import Value
from alignlab.ui.jobs import Chain
from alignlab.ui.parts import recovery
from alignlab.ui.parts.alignment import choose_study
from alignlab.ui.parts.compare import comparison_spec
from alignlab.ui.parts.diagnose import material as d
from alignlab.ui.parts.inspect import source
from alignlab.ui.parts.inspect.numbers import distances
from alignlab.ui.parts.inspect.work import Plan
from alignlab.ui.parts.pairs import choose_pairs
from alignlab.ui.parts.phase import phase_repairs
from alignlab.ui.parts.spiked import model_spec
from alignlab.ui.parts.synthetic import synthetic_spec
from alignlab.ui.parts.whitening import bridge_member
from alignlab.words.inspect import space_name
from alignlab.work import Work

Values = Mapping[str, Value]
Look = Callable[[Hashable, Callable[[], Work]], Any]
"""The finished work under a key, given how to make it; None if it is not finished."""

_BROUGHT = ("upload", "path")
"""Sources of pairs of which no lesson knows."""


def quantities(path: str, values: Values, look: Look) -> q.Found | None:
    """The quantities of a page at these values of its controls.

    look : finds the work of long computations. None if such work is not finished, the page has no
    quantities, or its pairs are the user's own. ValueError where the page refuses the values.
    """
    return _STATES[path](values, look) if path in _STATES else None


def _alignment(values: Values, look: Look) -> q.Found | None:
    chosen = None if values["source"] in _BROUGHT else choose_study(values)
    return None if chosen is None else q.of_study(chosen.study)


def _whitening(values: Values, look: Look) -> q.Found:
    spec = synthetic_spec(values)
    return q.of_member(bridge_member(spec, values["family"], values["a"], values["b"]))


def _phase(values: Values, look: Look) -> q.Found:
    spec = model_spec(values)
    return q.of_ratios(separation_ratios(spec), phase_repairs(spec))


def _recovery(values: Values, look: Look) -> q.Found | None:
    if values["experiment"] not in ("distance", "errors") or values["varied"] not in PARAMETERS:
        return None
    study = recovery.study(values)
    sampling = look(study, study.sampling)
    return None if sampling is None else q.of_experiment(study, sampling, values[study.over])


def _compare(values: Values, look: Look) -> q.Found | None:
    pairs = None if values["source"] in _BROUGHT else choose_pairs(values)
    if pairs is None:
        return None
    spec = comparison_spec(values)
    found = look((pairs.key, spec), lambda: Comparison(pairs.data, spec))
    return None if found is None else q.of_comparison(found)


def _inspect(values: Values, look: Look) -> q.Found | None:
    brought = None if values["data"] in _BROUGHT else source.choose_pairs(values)
    if brought is None:
        return None
    plan = Plan.of(brought, values)
    if plan.earlier is not None:
        return None
    made = look(plan.keys["spaces"], lambda: Spaces(brought.inspected.data, plan.specs))
    if made is None:
        return None
    shown = {space_name(spec.how): made.spaces[spec] for spec in plan.specs if spec in made.spaces}
    latents = {name: (space.Z1, space.Z2) for name, space in shown.items()}
    maps = look(plan.keys["maps"], lambda: Maps(latents, plan.maps, joint=plan.joint))
    if maps is None or not shown:
        return None
    name, space = next(iter(shown.items()))
    drawn = {spec: one for (of, spec), one in maps.maps.items() if of == name}
    random = distances(space, space.Z1[:, 0] == space.Z1[:, 0])[1].mean()
    return q.of_maps(space, drawn, float(random))


def _diagnose(values: Values, look: Look) -> q.Found | None:
    material = None if values["case"] in _BROUGHT else d.choose_material(values)
    if material is None:
        return None
    work = look(*material.begin(values))
    if work is None:
        return None
    return q.of_diagnosis((work.first if isinstance(work, Chain) else work).result())


_STATES: dict[str, Callable[[Values, Look], q.Found | None]] = {
    "alignment": _alignment,
    "whitening": _whitening,
    "phase": _phase,
    "recovery": _recovery,
    "compare": _compare,
    "inspect": _inspect,
    "diagnose": _diagnose,
}
