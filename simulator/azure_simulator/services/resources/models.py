"""Resource groups: names, tags, life and death."""

from __future__ import annotations

import re
from typing import Any

from azure_simulator.core.body import Anything, Object, String
from azure_simulator.core.errors import ArmError, group_not_found
from azure_simulator.core.providers import GROUPS, check_location, region_name
from azure_simulator.core.store import Document, Store

_NAME = re.compile(r"^[-\w._()]{1,90}$")
_TAG_NAME_FORBIDDEN = set("<>%&\\?/")
_MAX_TAGS = 50
# Location and tags have errors of their own and are checked apart.
_DEFINITION = Object(
    {
        "location": Anything(),
        "tags": Anything(),
        "managedBy": String(),
        "properties": Object({"provisioningState": Anything()}, name="ResourceGroupProperties"),
        "id": Anything(),
        "name": Anything(),
        "type": Anything(),
    },
    name="ResourceGroupDefinition",
)


def check_tags(tags: Any) -> dict[str, str]:
    """Tags as Azure accepts them: at most 50, names up to 512 and values up to 256 characters; 400 otherwise."""
    if tags is None:
        return {}
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise ArmError(400, "InvalidTags", "The tags are not valid: every value must be a string.", gateway=True)
    if len(tags) > _MAX_TAGS:
        message = f"The resource has {len(tags)} tags, more than the {_MAX_TAGS} allowed."
        raise ArmError(400, "InvalidTagCount", message, gateway=True)
    seen: set[str] = set()
    for name, value in tags.items():
        if not name or len(name) > 512 or _TAG_NAME_FORBIDDEN & set(name):
            message = (
                f"The tag name '{name}' is invalid. Tag names have 1 to 512 characters and none of '<,>,%,&,\\,?,/'."
            )
            raise ArmError(400, "InvalidTagNameCharacters", message, gateway=True)
        if len(value) > 256:
            message = f"The value of tag '{name}' is longer than 256 characters."
            raise ArmError(400, "InvalidTagValueLength", message, gateway=True)
        if name.lower() in seen:
            message = f"The tag name '{name}' is given more than once; names do not differ by case."
            raise ArmError(400, "InvalidTags", message, gateway=True)
        seen.add(name.lower())
    return dict(tags)


class Groups:
    """The resource groups of the subscription."""

    def __init__(self, store: Store, subscription_id: str) -> None:
        self._store = store
        self._prefix = f"/subscriptions/{subscription_id}/resourceGroups"

    def id_of(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    def find(self, name: str) -> Document | None:
        return self._store.get(GROUPS, self.id_of(name))

    def get(self, name: str) -> dict[str, Any]:
        """The group, or 404 ResourceGroupNotFound."""
        document = self.find(name)
        if document is None:
            raise group_not_found(name)
        return document.body

    def list(self) -> list[dict[str, Any]]:
        return [document.body for document in self._store.list(GROUPS, self._prefix)]

    def put(self, name: str, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Create or replace; the group and whether it is new. Tags are replaced as a whole."""
        if not _NAME.match(name) or name.endswith("."):
            message = (
                f"The provided resource group name '{name}' has these invalid characters or form: only letters, "
                "digits, "
                "'-', '.', '_', '(' and ')' are allowed, at most 90 characters, and no period at the end."
            )
            raise ArmError(400, "InvalidResourceGroupName", message, gateway=True)
        _DEFINITION.check(body)
        location = check_location(body.get("location"), "Microsoft.Resources/resourceGroups")
        tags = check_tags(body["tags"]) if body.get("tags") is not None else None
        old = self.find(name)
        if old is not None:
            state = old.body["properties"]["provisioningState"]
            if state == "Deleting":
                raise being_deleted(name)
            if region_name(old.body["location"]) != location:
                message = (
                    f"Invalid resource group location '{location}'. The Resource group already exists in location "
                    f"'{old.body['location']}'."
                )
                raise ArmError(409, "InvalidResourceGroupLocation", message, gateway=True)
        return self._write(old.body["name"] if old else name, location, tags, body.get("managedBy")), old is None

    def patch(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change tags (as a whole) or managedBy."""
        _DEFINITION.check(body)
        old = self.get(name)
        tags = check_tags(body["tags"]) if body.get("tags") is not None else old.get("tags")
        return self._write(old["name"], old["location"], tags, body.get("managedBy", old.get("managedBy")))

    def mark_deleting(self, name: str) -> str:
        """State Deleting; the id. 404 when there is no such group."""
        group = self.get(name)
        group["properties"]["provisioningState"] = "Deleting"
        self._store.put(GROUPS, self.id_of(name), group)
        return str(group["id"])

    def mark_failed(self, group_id: str) -> None:
        """The deletion failed; the group lives on."""
        document = self._store.get(GROUPS, group_id)
        if document is not None:
            document.body["properties"]["provisioningState"] = "Succeeded"
            self._store.put(GROUPS, group_id, document.body)

    def remove(self, group_id: str) -> None:
        self._store.delete(GROUPS, group_id)

    def _write(self, name: str, location: str, tags: dict[str, str] | None, managed_by: str | None) -> dict[str, Any]:
        group: dict[str, Any] = {
            "id": self.id_of(name),
            "name": name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": location,
        }
        if managed_by is not None:
            group["managedBy"] = managed_by
        if tags is not None:
            group["tags"] = tags
        group["properties"] = {"provisioningState": "Succeeded"}
        self._store.put(GROUPS, self.id_of(name), group)
        return group


def being_deleted(name: str) -> ArmError:
    message = f"The resource group '{name}' is in deprovisioning state and cannot perform this operation."
    return ArmError(409, "ResourceGroupBeingDeleted", message, gateway=True)
