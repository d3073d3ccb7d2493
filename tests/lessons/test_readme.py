"""The lesson in the README is read as it stands, and its claims hold."""

from alignlab.lessons.quantities import QUANTITIES
from alignlab.lessons.reader import MAX_BYTES, MAX_STEPS, read_lesson
from alignlab.lessons.shipped import NAMES
from alignlab.ui.lessons.library import places
from tests.lessons.played import measured
from tests.server import ROOT

README = (ROOT / "README.md").read_text()


def test_the_lesson_of_the_readme_holds():
    text = README.split("<!-- lesson example -->\n```toml\n")[1].split("```")[0]
    lesson = read_lesson(text.encode(), "mine", places())
    assert all(claim.holds(measured(lesson, 1)) for claim in lesson.steps[0].claims)
    assert lesson.steps[1].prediction.right(measured(lesson, 2)) == 1
    assert not lesson.steps[2].goal.holds(measured(lesson, 3))


def test_the_limits_and_pages_in_the_readme_are_those_of_the_reader():
    section = README.split("## Lessons")[1].split("## The package")[0]
    assert f"at most {MAX_BYTES // 1024} kB and {MAX_STEPS} steps" in section
    assert all(f"`{path}`" in section for path in QUANTITIES)
    assert len(NAMES) == 11
    assert "lists eleven" in section
