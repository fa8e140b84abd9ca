"""What the role `backend` hides in log lines, whatever of the stack a playbook has looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.role import evaluate

SECRETS = {"TOKEN": "t0ken", "NUMBER": 5}


@pytest.mark.parametrize(
    ("variables", "hidden"),
    [
        ({"stack_profile": "mvp", "backend_secret_environment": SECRETS}, ["t0ken", "5"]),
        ({"stack_profile": "mvp", "backend_secret_environment": '{"TOKEN": "t0ken"}'}, ["t0ken"]),
        ({"stack_profile": "mvp"}, []),
        ({"stack_profile": "mvp", "backend_connections": '{"DATABASE_URL": "u"}'}, ["u"]),  # as -e hands it over
        # show_logs looks at no database, so what the backend connects with is not known there.
        ({"stack_profile": "full", "backend_secret_environment": SECRETS}, ["t0ken", "5"]),
        (
            {"stack_profile": "database", "backend_secret_environment": SECRETS, "database_url": "u"},
            ["t0ken", "5", "u"],
        ),
    ],
)
def test_what_is_known_is_hidden(variables: dict[str, Any], hidden: list[str], tmp_path: Path) -> None:
    found = evaluate("backend", tmp_path, {"hidden": "__backend_hidden"}, backend_name="codex-api", **variables)
    assert sorted(found["hidden"]) == sorted(hidden)
