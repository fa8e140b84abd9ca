"""Every playbook in several states of a stack, under `--check` and for real: where the two do not say the same."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.simulator_fixture import Simulator
from tests.support.playbooks import ROOT, playbook_path, run_playbook
from tests.support.sample import push_sample

PLAYBOOKS = sorted(path.stem for path in ROOT.glob("playbooks/*.yml") if path.stem != "preflight")
"""All that an operator may run, found and not listed: a new one is part of the matrix without anybody's doing."""

STACK = "rehearsal"
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "break_lock": [{"confirm": STACK}],
    "flush_cache": [{"confirm": "codex-redis-cache"}],
    "migrate_cache": [{}, {"confirm": "codex-redis-cache"}],
    "prune_releases": [{}, {"prune": True, "backend_prune_keep": 1}],
    "reboot_cache": [{"confirm": "codex-redis-cache"}],
    "restore_database": [{"restore": "latest", "confirm": "codex-db-server"}],
    "schedule_backups": [{"database_backup_schedule": "github"}],
    "teardown_stack": [{}, {"confirm": STACK}],
}
"""What a playbook is given to do its work; one that is not named here needs nothing."""

_BLUE_GREEN: dict[str, Any] = {"backend_strategy": "blue_green", "backend_allow_recreate": True}
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "redeploy_backend": [_BLUE_GREEN],
    "rollback_backend": [_BLUE_GREEN],
    "setup_stack": [
        {"backend_memory": 1.5},
        {"backend_memory": 1.5, "backend_allow_recreate": True},
        {"backend_pull": "admin", "registry_admin_user_enabled": True},
        {"backend_pull": "admin"},
        _BLUE_GREEN,
        _BLUE_GREEN | {"backend_traffic_name": "codex-other"},
        _BLUE_GREEN | {"backend_keep_previous": True, "backend_environment": {"PORT": "8001", "LOG_LEVEL": "debug"}},
    ],
    "update_env": [_BLUE_GREEN | {"backend_environment": {"PORT": "8001", "LOG_LEVEL": "debug"}}],
}
"""What is tried beside that in the states that have room for it: other settings, another strategy."""
_STATES_OF_VARIANTS = {"pushed", "converged", "blue and green"}

_QUICK: dict[str, Any] = {
    "backend_stable_seconds": 0,
    "backend_traffic_ttl": 1,
    "backend_bake_seconds": 1,
    "backend_drain_seconds": 1,
}
_GROUP = "resourceGroups/codex-rg"
_PROVIDERS = f"{_GROUP}/providers"
_PARTS = {
    "mvp": {
        "backend": f"{_PROVIDERS}/Microsoft.ContainerInstance/containerGroups/codex-api?api-version=2023-05-01",
        "identity": f"{_PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/codex-api-pull"
        "?api-version=2024-11-30",
        "registry": f"{_PROVIDERS}/Microsoft.ContainerRegistry/registries/codexdominionacr?api-version=2025-11-01",
    },
    "database": {
        "database": f"{_PROVIDERS}/Microsoft.DBforPostgreSQL/flexibleServers/codex-db-server?api-version=2024-08-01",
    },
    "full": {
        "cache": f"{_PROVIDERS}/Microsoft.Cache/redis/codex-redis-cache?api-version=2024-11-01",
    },
}
PROFILES = tuple(_PARTS)

_MADE_BY_THE_RUN = "Remove those made for a proof"
"""A task that removes what the run itself has made: it is not there under check, so nothing is lost with it."""

_DEPLOYMENT = "Bring the change to the group that serves, or to one beside it"

NOT_KNOWN = "not known before"
"""What stands in a line of a run under check mode in the place of what it cannot say yet."""

Pair = tuple[str, str, dict[str, Any]]
"""A state, a playbook, and its options."""


@dataclasses.dataclass(frozen=True)
class Told:
    """What one run said it would do, or did."""

    code: int
    changes: Counter[tuple[str, tuple[str, ...]]]
    failures: tuple[tuple[str, str], ...]
    messages: tuple[tuple[str, str], ...]
    output: str

    @property
    def unknown(self) -> tuple[str, ...]:
        """What the run says it cannot know."""
        lines = [line.strip() for _task, text in self.messages for line in text.splitlines()]
        return tuple(line for line in lines if NOT_KNOWN in line)


@dataclasses.dataclass(frozen=True)
class Cell:
    """One playbook with its options in one state, under check and for real."""

    playbook: str
    options: dict[str, Any]
    state: str
    check: Told
    real: Told
    writes_of_check: tuple[str, ...]

    @property
    def name(self) -> str:
        said = " ".join(f"{name}={value}" for name, value in self.options.items() if name != "confirm")
        return f"{self.playbook} {said}".strip()

    def problems(self) -> list[str]:
        """Return where check and real run differ, one line each; empty if the check told the truth."""
        found = [f"the check wrote: {write}" for write in self.writes_of_check]
        excused = self._was_not_meant() or self._did_not_come_up()
        return [*found, *([] if excused else self._differences()), *self._words()]

    def _was_not_meant(self) -> bool:
        """Whether the run asked for a confirmation, as the check said that it would."""
        asked = any("-e confirm=" in text for _task, text in self.real.failures)
        return asked and any(line.startswith(f"{NOT_KNOWN}: whether this is meant") for line in self.check.unknown)

    def _did_not_come_up(self) -> bool:
        """Whether what was restarted did not answer again, of which the check said that it cannot know it."""
        failed = any(task.endswith("Fail with the reason and with what was done") for task, _text in self.real.failures)
        return failed and any("whether it comes up again" in line for line in self.check.unknown)

    def _differences(self) -> list[str]:
        found = []
        if bool(self.check.code) != bool(self.real.code):
            found.append(f"exit code {self.check.code} under check, {self.real.code} for real")
        known = [line for line in self.check.unknown if line]
        found += [
            f"only for real: {_shown(change)}"
            for change in self.real.changes - self.check.changes
            if not any(_bare(change[0]) in line for line in known)
        ]
        # A change that the check has made depend on a value that it cannot know.
        depends = any(", unless " in line for line in known)
        found += [
            f"only under check: {_shown(change)}"
            for change in self.check.changes - self.real.changes
            if not (depends and change[0].endswith(_DEPLOYMENT))
        ]
        if self.check.code and self.real.code:
            found += _compare("failure", self.check.failures, self.real.failures)
        if self.check.changes or self.real.changes:  # what only looks shows times and logs, which are never the same
            found += _compare("message", self.check.messages, self.real.messages)
        return found

    def _words(self) -> list[str]:
        """Return what an operator cannot work with."""
        found = []
        for kind, told in (("check", self.check), ("real run", self.real)):
            found += [f"{kind}: {text}" for text in raw(told.output)]
            commands = re.findall(r"ansible-playbook playbooks/.*", " ".join(text for _task, text in told.failures))
            found += [f"{kind}: not on this stack: {text}" for text in commands if f"--limit {STACK}" not in text]
        return found


def _options(state: str, playbook: str) -> list[dict[str, Any]]:
    more = VARIANTS.get(playbook, []) if state in _STATES_OF_VARIANTS else []
    return OPTIONS.get(playbook, [{}]) + more


def raw(output: str) -> list[str]:
    """Return what no operator should have to read: errors of templates and of Python."""
    pattern = (
        r"is undefined|has no attribute|object of type|Unknown error|Traceback|Error while resolving|"
        r"Finalization of task args|templat"
    )
    return sorted({line.strip()[:200] for line in output.splitlines() if re.search(pattern, line)})


def _bare(task: str) -> str:
    return task.split(" : ")[-1].split(" | ")[-1]


def _shown(change: tuple[str, tuple[str, ...]]) -> str:
    return f"{change[0]} ({', '.join(change[1]) or 'no impact named'})"


def _compare(kind: str, check: tuple[tuple[str, str], ...], real: tuple[tuple[str, str], ...]) -> list[str]:
    """Compare texts by task; a line of the check that says what it cannot know stands for any."""
    found = []
    before, after = _by_task(check), _by_task(real)
    for task in [*before, *(task for task in after if task not in before)]:
        if task not in before or task not in after:
            where = "under check" if task in before else "for real"
            found.append(f"{kind} only {where}: {task}: {(before | after)[task][:160]!r}")
            continue
        lines = [line for line in _lasting(before[task]) if NOT_KNOWN not in line]
        others = _lasting(after[task])
        there = Counter(map(_same, others))
        missing = [line for line in lines if not there[_same(line)]]
        if len(lines) == len(_lasting(before[task])):
            here = Counter(map(_same, lines))
            missing += [f"(real) {line}" for line in others if not here[_same(line)]]
        found += [f"{kind} of {_bare(task)}: {line.strip()[:200]}" for line in missing]
    return found


def _by_task(told: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return all that each task said, in the order it was said: one that ran twice may have said two things."""
    found: dict[str, list[str]] = {}
    for task, text in told:
        found.setdefault(task, []).append(text)
    return {task: "\n".join(filter(None, texts)) for task, texts in found.items()}


def _lasting(text: str) -> list[str]:
    """Return the lines of a text but for those of a log, of which there are more with every second."""
    return [line for line in text.splitlines() if not line.startswith(("log ", "event "))]


def _same(line: str) -> str:
    """Return a line without its tense and without what no two runs have alike: times and durations."""
    line = re.sub(r"\b(would be|would|was|were|is|are|has been)\b", "~", line.strip())
    line = _timeless(line)
    return re.sub(r"\d+(\.\d+)? ?(ms|s|seconds|B|KB|MB)\b", "(amount)", line)


def _impacts(line: dict[str, Any]) -> tuple[str, ...]:
    return () if line["task"].endswith(_MADE_BY_THE_RUN) else tuple(line["impacts"])


def _timeless(text: str) -> str:
    """Return a text without points in time, which are parts of names too."""
    return re.sub(r"\d{4}-?\d\d-?\d\d[Tt ]?[\d:.+Zz]*", "(time)", text)


class Matrix:
    """One stack of a profile on a local Azure, put into a state again and again.

    :param azure: it is stopped, and its state directory replaced, whenever a state is wanted again.
    :param folder: for copies of its state.
    """

    def __init__(self, azure: Simulator, folder: Path, profile: str) -> None:
        self._azure = azure
        self._folder = folder
        self._profile = profile
        (azure.state_dir / "profile").write_text(profile, encoding="utf-8")

    def states(self) -> dict[str, Callable[[], None]]:
        """Return how a stack gets into each state, by its name, from the one it is made of."""
        parts = {
            name: path
            for profile in PROFILES[: PROFILES.index(self._profile) + 1]
            for name, path in _PARTS[profile].items()
        }
        return {
            "empty": lambda: None,
            "pushed": self._push,
            "converged": self._converge,
            "drifted": self._drift,
            **({"blue and green": self._turn_blue_green} if self._profile == "mvp" else {}),
            **{f"without {name}": self._remover(path) for name, path in parts.items()},
        }

    def prepare(self, states: list[str] | None = None) -> None:
        """Make these states, or every one, and keep a copy of each.

        The first three follow each other, and all others are made of the third.
        """
        first = ["empty", "pushed", "converged"]
        wanted = set(self.states() if states is None else states)
        last = 2 if wanted - set(first) else max(first.index(name) for name in wanted)
        for name, make in self.states().items():
            if name not in wanted | set(first[: last + 1]) or (self._folder / name).exists():
                continue
            if name != "empty":
                self.restore(first[first.index(name) - 1] if name in first else "converged")
            make()
            self._keep(name)

    def pairs(self, states: list[str], playbooks: list[str]) -> list[Pair]:
        """Return what there is to run."""
        return [
            (state, playbook, options)
            for state in states
            for playbook in playbooks
            for options in _options(state, playbook)
        ]

    def cells(self, pairs: list[Pair]) -> Iterator[Cell]:
        """Run pairs of runs, and yield what each said and did."""
        kept = ""
        for state, playbook, options in pairs:
            if state != kept or self._azure.writes():
                self.restore(state)
                kept = state
            yield self.cell(state, playbook, options)

    def cell(self, state: str, playbook: str, options: dict[str, Any]) -> Cell:
        """Run one playbook in the state that is there, under check and then for real."""
        self._azure.forget()
        check = self._told(playbook, options, "--check", "--diff")
        writes = tuple(self._azure.writes())
        self._azure.forget()
        return Cell(playbook, options, state, check, self._told(playbook, options, "--diff"), writes)

    def restore(self, state: str) -> None:
        """Put the stack into a state that was kept."""
        self._azure.stop()
        shutil.rmtree(self._azure.state_dir)
        shutil.copytree(self._folder / state, self._azure.state_dir, symlinks=True)
        self._azure.start()

    def _keep(self, state: str) -> None:
        self._azure.stop()
        shutil.copytree(self._azure.state_dir, self._folder / state, symlinks=True)
        self._azure.start()

    def _play(self, playbook: str, variables: dict[str, Any] | None = None) -> None:
        run = run_playbook(
            playbook_path(playbook), state_dir=self._azure.state_dir, variables=_QUICK | (variables or {})
        )
        assert run.code == 0, run.output

    def _told(self, playbook: str, options: dict[str, Any], *arguments: str) -> Told:
        record = self._folder / "record.jsonl"
        record.unlink(missing_ok=True)
        run = run_playbook(
            playbook_path(playbook),
            *arguments,
            state_dir=self._azure.state_dir,
            variables=_QUICK | {"database_backup_schedule_folder": str(self._azure.state_dir / "schedules")} | options,
            environment={
                "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "support" / "callbacks"),
                "ANSIBLE_CALLBACKS_ENABLED": "recorder",
                "RECORDER_FILE": str(record),
            },
        )
        text = record.read_text(encoding="utf-8") if record.exists() else ""
        lines = [json.loads(line) for line in text.splitlines()]
        return Told(
            run.code,
            Counter((_timeless(line["task"]), _impacts(line)) for line in lines if line["changed"]),
            tuple((line["task"], line["message"]) for line in lines if line["outcome"] == "failed"),
            tuple((line["task"], line["message"]) for line in lines if line["action"] == "ansible.builtin.debug"),
            run.output,
        )

    # States

    def _turn_blue_green(self) -> None:
        """With a former release, and the profile that sends to the newest."""
        self._play("setup_stack", _BLUE_GREEN)

    def _push(self) -> None:
        self._play("push_sample_image")

    def _converge(self) -> None:
        """Two releases, so that there is one to go back to."""
        self._play("setup_stack")
        self._push_version("1.1.0")
        self._play("redeploy_backend")

    def _drift(self) -> None:
        """Other settings than the inventory says, and a newer image."""
        self._play("setup_stack", {"backend_environment": {"PORT": "8001"}, "database_backup_retention_days": 14})
        self._push_version("1.2.0")

    def _push_version(self, version: str) -> None:
        registry = self._azure.call(
            "GET", f"{self._azure.subscription}/{_PARTS['mvp']['registry'].split('?')[0]}", "2025-11-01"
        ).json()
        server = registry["properties"]["loginServer"]
        push_sample(self._azure, server, "codex-backend", version, "--version", version)

    def _remover(self, path: str) -> Callable[[], None]:
        def remove() -> None:
            where, version = path.split("?api-version=")
            self._azure.call("DELETE", f"{self._azure.subscription}/{where}", version).raise_for_status()

        return remove
