# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a group that is started again can still pull its images. Private to this collection.

Azure pulls anew with each start. What runs has its image already and shows nothing of an identity that somebody has
deleted meanwhile; a restart would take it down for good.
"""

from __future__ import annotations

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body, Session
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._identity import _user_assigned_identity


def refuse_without_identity(session: Session, what: str, group: Body) -> None:
    """Refuse to start a group again whose identities are not all there.

    :param what: the operator's words for the group.
    :raises OperationsError: with code C(IdentityMissing), or Azure's own error where one cannot be read.
    """
    pulling = {str(one.get("identity") or "") for one in group["properties"].get("imageRegistryCredentials") or []}
    for identity in sorted(pulling - {""}):
        name = identity.rsplit("/", 1)[-1]
        url = (
            f"{session.cloud.resource_manager.rstrip('/')}{identity}?api-version={_user_assigned_identity.API_VERSION}"
        )
        try:
            session.get(url, f"Reading identity {name}")
        except OperationsError as error:
            if not error.not_found:
                raise
            raise OperationsError(
                f"{what} would not come up again: the identity {name}, which pulls its image, does not exist any more",
                code="IdentityMissing",
                remedy="Bring the identity back with setup_stack.",
            ) from error
