"""A check says what the run does: a part of `make check-matrix`, another one for each CHECK_MATRIX_SEED."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.simulator_fixture import Simulator
from tests.support.check_matrix import PLAYBOOKS, Cell, Matrix, Pair, Told
from tests.support.playbooks import ROOT

SEED = os.environ.get("CHECK_MATRIX_SEED", "13")
PROVIDE = "codexdominion.azure.backend : Deploy | Provide it"
DEPLOY = "codexdominion.azure.backend : Deploy | Bring the change to the group that serves, or to one beside it"
TAG = "codexdominion.azure.backend : Tag the image"
SUMMARY = "codexdominion.azure.backend : Summary | Say what runs where"


def told(
    *changes: tuple[str, str],
    code: int = 0,
    failure: str = "",
    summary: str = "",
    output: str = "",
    messages: tuple[tuple[str, str], ...] = (),
    task: str = "Fail",
) -> Told:
    """Return what a run said."""
    return Told(
        code,
        Counter((task, (impact,)) for task, impact in changes),
        ((task, failure),) if failure else (),
        (((SUMMARY, summary),) if summary else ()) + messages,
        output,
    )


CASES: dict[str, tuple[Told, Told, list[str]]] = {
    "alike": (
        told((PROVIDE, "restart"), summary="codex: api would be changed\nimage  a@sha256:1"),
        told((PROVIDE, "restart"), summary="codex: api was changed\nimage  a@sha256:1"),
        [],
    ),
    "less under check": (told((PROVIDE, "none")), told((PROVIDE, "none"), (TAG, "none")), ["only for real: " + TAG]),
    "more under check": (told((PROVIDE, "none")), told(), ["only under check: " + PROVIDE]),
    "twice for real": (
        told((PROVIDE, "none")),
        told((PROVIDE, "none"), (PROVIDE, "none")),
        ["only for real: " + PROVIDE],
    ),
    "another impact": (
        told((PROVIDE, "none")),
        told((PROVIDE, "restart")),
        [f"only for real: {PROVIDE} (restart)", f"only under check: {PROVIDE} (none)"],
    ),
    "another outcome": (told(), told(code=2, failure="No."), ["exit code 0 under check, 2 for real"]),
    "another reason": (
        told(code=2, failure="No image."),
        told(code=2, failure="No registry."),
        ["failure of Fail: No image.", "failure of Fail: (real) No registry."],
    ),
    "another image in the summary": (
        told((PROVIDE, "none"), summary="image  a@sha256:1"),
        told((PROVIDE, "none"), summary="image  a@sha256:2"),
        [
            "message of Say what runs where: image  a@sha256:1",
            "message of Say what runs where: (real) image  a@sha256:2",
        ],
    ),
    "an address that is listed as not known": (
        told((PROVIDE, "none"), summary="image  a@sha256:1\naddress  not known before"),
        told((PROVIDE, "none"), summary="image  a@sha256:1\naddress  http://127.77.0.1:8001"),
        [],
    ),
    "a change that is listed as not known": (
        told(summary="not known before: whether there is more to do (Tag the image)"),
        told((TAG, "none"), summary="done"),
        [],
    ),
    "a confirmation that is listed as not known": (
        told((PROVIDE, "data_loss"), summary="not known before: whether this is meant. It asks for: -e confirm=x"),
        told(code=2, failure="If that is meant, run it again with: -e confirm=x"),
        [],
    ),
    "a confirmation that is not listed": (
        told((PROVIDE, "data_loss")),
        told(code=2, failure="If that is meant, run it again with: -e confirm=x"),
        ["exit code 0 under check, 2 for real", "only under check: " + PROVIDE],
    ),
    "a table of which nothing was said": (
        told((PROVIDE, "none"), summary="done"),
        told((PROVIDE, "none"), summary="done", messages=(("stack : Checks | Show the table", "ok"),)),
        ["message only for real: stack : Checks | Show the table"],
    ),
    "said twice for real": (
        told((PROVIDE, "none"), summary="why"),
        told((PROVIDE, "none"), summary="why", messages=((SUMMARY, "another why"),)),
        ["message of Say what runs where: (real) another why"],
    ),
    "skipped once and skipped twice": (
        told((PROVIDE, "none"), messages=((SUMMARY, ""),)),
        told((PROVIDE, "none"), messages=((SUMMARY, ""), (SUMMARY, ""))),
        [],
    ),
    "a change that depends on what is not known": (
        told(
            (DEPLOY, "restart"), summary="api would be changed, unless DATABASE_URL, not known before, stays the same"
        ),
        told(summary="api is as the inventory says"),
        [],
    ),
    "a restart after which nothing answers": (
        told((PROVIDE, "restart"), summary="api would be restarted\nnot known before: whether it comes up again"),
        told(code=2, failure="api does not answer", task="Restart | Fail with the reason and with what was done"),
        [],
    ),
    "raw words": (
        told(code=2, output="msg: 'x' is undefined", failure="x"),
        told(code=2, output="Unknown error.", failure="x"),
        ["check: msg: 'x' is undefined", "real run: Unknown error."],
    ),
    "a next step without its stack": (
        told(code=2, failure="ansible-playbook playbooks/setup_stack.yml"),
        told(code=2, failure="ansible-playbook playbooks/setup_stack.yml"),
        [
            "check: not on this stack: ansible-playbook playbooks/setup_stack.yml",
            "real run: not on this stack: ansible-playbook playbooks/setup_stack.yml",
        ],
    ),
}


@pytest.mark.parametrize(("check", "real", "expected"), CASES.values(), ids=CASES.keys())
def test_a_difference_is_found(check: Told, real: Told, expected: list[str]) -> None:
    found = Cell("setup_stack", {}, "drifted", check, real, ()).problems()
    assert len(found) == len(expected), found
    for line, wanted in zip(found, expected, strict=True):
        assert line.startswith(wanted)


def test_a_check_that_writes_is_found() -> None:
    cell = Cell("setup_stack", {}, "drifted", told(), told(), ("PUT /subscriptions/1",))
    assert cell.problems() == ["the check wrote: PUT /subscriptions/1"]


def test_every_playbook_is_in_the_matrix() -> None:
    there = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    assert set(PLAYBOOKS) == there - {"preflight"}


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    """A stack of registry and backend; operations end at once."""
    folder = tmp_path_factory.mktemp("matrix")
    azure = Simulator(folder / "azure", time_scale=0)
    azure.start()
    yield Matrix(azure, folder / "states", "mvp")
    azure.stop()


@pytest.mark.soak
def test_a_check_tells_the_truth(matrix: Matrix) -> None:
    chosen = random.Random(SEED)
    state = chosen.choice([name for name in matrix.states() if name.startswith(("drifted", "without"))])
    states = ["pushed", state]
    matrix.prepare(states)
    changing = [
        "redeploy_backend",
        "restart_backend",
        "rollback_backend",
        "setup_stack",
        "teardown_stack",
        "update_env",
    ]
    pairs = sorted(chosen.sample(matrix.pairs(states, changing), 6), key=lambda pair: states.index(pair[0]))
    wrong = {f"{cell.name} ({cell.state})": cell.problems() for cell in matrix.cells(pairs) if cell.problems()}
    assert wrong == {}, f"CHECK_MATRIX_SEED={SEED}"


@pytest.mark.soak
def test_what_is_not_there_is_told_in_words(matrix: Matrix) -> None:
    """Whatever the playbook; what it would do in such a state is another test's. `make check-matrix` asks them all."""
    states = ["empty", "without backend", "without registry"]
    matrix.prepare(states)
    every: list[Pair] = [(state, playbook, {}) for state in states for playbook in PLAYBOOKS]
    chosen = sorted(random.Random(SEED).sample(every, len(every) // 3), key=lambda pair: states.index(pair[0]))
    wrong = {}
    for cell in matrix.cells(chosen):
        problems = [line for line in cell.problems() if line.startswith(("check: ", "real run: "))]
        if problems:
            wrong[f"{cell.name} ({cell.state})"] = problems
    assert wrong == {}, f"CHECK_MATRIX_SEED={SEED}"
