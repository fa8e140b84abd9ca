# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A password that is made once, and its successor while it is rotated; and the options for that. Private.

Where both are kept is behind C(Store): files encrypted with Ansible Vault, or secrets of a key vault. Nothing here
gives a password to anybody else.
"""

from __future__ import annotations

import re
import secrets
import string
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._common_specs import AZURE
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _key_vault

CURRENT, NEXT = "current", "next"

# Unreserved in URLs (RFC 3986, section 2.3), and nothing that a shell, YAML, or SQL would want quoted.
_SYMBOLS = "-._"
_CLASSES = (string.ascii_uppercase, string.ascii_lowercase, string.digits, _SYMBOLS)
_ALPHABET = "".join(_CLASSES)
_SHORTEST, _LONGEST = 16, 128
_FEWEST_USERS = 2

# A key vault takes 127 characters, of which the successor's suffix needs five.
_SECRET_NAME = re.compile(r"[0-9A-Za-z-]{1,122}")


class Store(t.Protocol):
    """Where a password and its successor are kept; which of the two is meant is C(CURRENT) or C(NEXT)."""

    def where(self, which: str) -> str:
        """Return the file or the URL."""

    def holds(self, which: str) -> bool:
        """Return whether anything is stored there, readable or not."""

    def read(self, which: str) -> str | None:
        """Return the password, or None if there is none."""

    def create(self, which: str, password: str) -> bool:
        """Store a password and see that it can be read; return False when somebody else has stored one meanwhile."""

    def promote(self) -> None:
        """Put the next password in the place of the current one, or end a promotion that was interrupted."""

    def delete(self, which: str) -> None:
        """Remove a password."""


def refuse_file(ctx: Context) -> None:
    """Refuse to work on a file where the run's secrets of Ansible Vault are not.

    :raises OperationsError: with code C(ControllerOnly).
    """
    if ctx.params["path"]:
        raise OperationsError(
            "Only the controller has the run's secrets of Ansible Vault",
            code="ControllerOnly",
            remedy="Run this through ansible-playbook with its full name, codexdominion.azure.…, on the controller.",
        )


def make(length: int, user: str = "") -> str:
    """Return a new password with upper and lower case letters, digits, and symbols; the first is a letter.

    Azure's administrator passwords need three of the four. A leading hyphen would look like an option to programs.

    :param length: in characters, 16 to 128. Each has about 6 bits.
    :param user: a login name of which no three characters in a row are in it, which Azure refuses.
    """
    name = user.lower()
    parts = [name[start : start + 3] for start in range(len(name) - 2)]
    while True:  # drawn again as a whole, so that every valid password is equally likely
        password = "".join(secrets.choice(_ALPHABET) for _character in range(length))
        if password[0] not in string.ascii_letters or any(part in password.lower() for part in parts):
            continue
        if all(set(password) & set(one) for one in _CLASSES):
            return password


def bring(ctx: Context, store: Store) -> dict[str, t.Any]:
    """Bring a store to the wanted state; the result says where the password is, and never what it is.

    :raises OperationsError: when the store cannot be used.
    """
    steps = {"present": _present, "next": _prepare, "promoted": _promote, "absent": _remove}
    changed = steps[ctx.params["state"]](ctx, store)
    return {"changed": changed, "where": store.where(NEXT if ctx.params["state"] == "next" else CURRENT)}


def _present(ctx: Context, store: Store) -> bool:
    return store.read(CURRENT) is None and _create(ctx, store, CURRENT)


def _prepare(ctx: Context, store: Store) -> bool:
    prepared = store.read(NEXT)
    if prepared is None:
        return _create(ctx, store, NEXT)
    if prepared != store.read(CURRENT):
        return False
    if not ctx.check_mode:  # a promotion was interrupted: what it left is no new password
        store.promote()
    return _create(ctx, store, NEXT)


def _promote(ctx: Context, store: Store) -> bool:
    if store.read(NEXT) is None:
        return False
    if not ctx.check_mode:
        store.promote()
    return True


def _remove(ctx: Context, store: Store) -> bool:
    there = [which for which in (NEXT, CURRENT) if store.holds(which)]
    if not ctx.check_mode:
        for which in there:
            store.delete(which)
    return bool(there)


def _create(ctx: Context, store: Store, which: str) -> bool:
    user = _turn(ctx.params["users"], store, which) if ctx.params["users"] else None
    password = make(ctx.params["length"], user or ctx.params["user"] or "")
    return ctx.check_mode or store.create(which, f"{user}:{password}" if user else password)


def _turn(users: list[str], store: Store, which: str) -> str:
    """Return the user whose turn it is: the first, or the one after the user of the current password."""
    current = (store.read(CURRENT) or "").partition(":")[0] if which == NEXT else ""
    return users[(users.index(current) + 1) % len(users)] if current in users else users[0]


def _problem_with_path(value: str) -> str | None:
    if value.startswith("/") and not value.endswith("/"):
        return None
    return (
        f"{value!r} is not the absolute path of a file: begin it with {{{{ inventory_dir }}}} or {{{{ playbook_dir }}}}"
    )


def _problem_with_secret(value: str) -> str | None:
    return None if _SECRET_NAME.fullmatch(value) else f"{value!r} is not valid: 1 to 122 letters, digits, and hyphens"


def _problems(params: Params) -> t.Iterator[str]:
    if not _SHORTEST <= params["length"] <= _LONGEST:
        yield f"length: {params['length']} is not between {_SHORTEST} and {_LONGEST}"
    users = params["users"]
    if users is None:
        return
    if len(users) < _FEWEST_USERS or len(set(users)) < len(users):
        yield f"users: {', '.join(users) or 'nobody'}: not two or more different names"
    yield from (f"users: {user!r} is empty or holds a colon" for user in users if not user or ":" in user)


SPEC = AZURE.merge(
    ArgumentSpec(
        options={
            "path": {"type": "path"},
            "vault_id": {"type": "str"},
            "vault_url": {"type": "str"},
            "secret_name": {"type": "str", "no_log": False},
            "length": {"type": "int", "default": 32},
            "user": {"type": "str"},
            "users": {"type": "list", "elements": "str"},
            "state": {"type": "str", "default": "present", "choices": ["present", "next", "promoted", "absent"]},
        },
        mutually_exclusive=(
            ("path", "vault_url"),
            ("path", "secret_name"),
            ("vault_id", "vault_url"),
            ("user", "users"),
        ),
        required_one_of=(("path", "vault_url"),),
        required_together=(("vault_url", "secret_name"),),
        rules={
            "path": _problem_with_path,
            "vault_url": _key_vault.problem_with_url,
            "secret_name": _problem_with_secret,
        },
        checks=(_problems,),
    )
)
