"""A group is not started again where it could not pull its image: what runs does not show that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _pull
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

ONE, OTHER = "/subscriptions/s/resourceGroups/rg/providers/M/userAssignedIdentities/one", "/subscriptions/s/x/other"


class Session:
    """Knows what becomes of each identity that is asked for."""

    cloud = SimpleNamespace(resource_manager="https://management.azure.com/")

    def __init__(self, answers: dict[str, OperationsError | None]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def get(self, url: str, _doing: str) -> None:
        """Answer, or fail."""
        identity = url.removeprefix("https://management.azure.com").partition("?")[0]
        self.asked.append(identity)
        if error := self._answers[identity]:
            raise error


GONE = OperationsError("gone", code="ResourceNotFound", status=404)
REFUSED = OperationsError("no", code="AuthorizationFailed", status=403)


@pytest.mark.parametrize(
    ("credentials", "answers", "code"),
    [
        ([], {}, None),
        ([{"server": "r", "username": "admin"}], {}, None),
        ([{"server": "r", "identity": ONE}], {ONE: None}, None),
        ([{"server": "r", "identity": ONE}], {ONE: GONE}, "IdentityMissing"),
        ([{"identity": OTHER}, {"identity": ONE}], {ONE: None, OTHER: GONE}, "IdentityMissing"),
        ([{"server": "r", "identity": ONE}], {ONE: REFUSED}, "AuthorizationFailed"),
    ],
)
def test_every_identity_that_pulls_has_to_be_there(
    credentials: list[dict[str, Any]], answers: dict[str, OperationsError | None], code: str | None
) -> None:
    session: Any = Session(answers)
    group = {"properties": {"imageRegistryCredentials": credentials}}
    if code is None:
        _pull.refuse_without_identity(session, "container group api", group)
        assert sorted(session.asked) == sorted(answers)
        return
    with pytest.raises(OperationsError) as caught:
        _pull.refuse_without_identity(session, "container group api", group)
    assert caught.value.code == code
