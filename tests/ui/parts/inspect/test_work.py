from types import SimpleNamespace

from alignlab.ui import progress
from alignlab.ui.parts.inspect import work
from alignlab.ui.parts.inspect.work import Plan


class Ending:
    """A job that ends while its first results are drawn."""

    running = True
    work = "results"
    complete = False

    def end(self, _):
        self.running, self.complete = False, True


def test_a_map_that_is_finished_while_it_is_drawn_is_not_drawn_a_second_time(monkeypatch):
    ending, again = Ending(), []
    monkeypatch.setattr(work, "finished", lambda key, own: None)
    monkeypatch.setattr(work, "job", lambda key, make, own, beside: ending)
    monkeypatch.setattr(progress, "follow", lambda found, draw, what, every: draw())
    monkeypatch.setattr(progress.st, "rerun", lambda: again.append(True))
    brought = SimpleNamespace(key="pairs", own=False)
    plan = Plan(brought=brought, specs=(), maps=(), earlier=None, joint=False)
    step = plan.bring("maps", object, unit="steps", draw=ending.end)
    assert not step.complete  # the page would draw it
    assert again == [True]
