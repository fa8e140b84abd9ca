# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom domains of a static web app: what has to change, and which DNS record the operator has to make. Pure. Private.

Azure proves a domain in one of two ways. By C(cname): a CNAME record that leads to the site has to be there before the
domain can be added. By C(dns_txt): Azure makes up a token when the domain is added, and waits for a TXT record with it.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Change, Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site._api import CNAME, TXT

Body = dict[str, t.Any]

METHODS = {"dns_txt": TXT, "cname": CNAME}
"""How a domain can be proven, and what Azure calls it."""

READY, FAILED = "Ready", "Failed"
RECORD_MISSING = "RecordMissing"
"""Our word for a domain that is not added yet, since its CNAME record is not there."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


def problem_with_name(name: str) -> str | None:
    """Check the name of a domain."""
    if len(name) > 253 or not re.fullmatch(rf"(?:{_LABEL}\.)+[a-z]{{2,63}}", name):
        return f"{name!r} is not valid: a host name in lower case, such as www.example.com"
    if "xn--" in name:
        return f"{name!r} is not valid: Azure takes no names in other scripts"
    return None


def status_of(domain: Body) -> str:
    """Return how far Azure is with a domain, in its own words."""
    return str((domain.get("properties") or {}).get("status") or READY)  # older answers have none for a ready one


def by_name(domains: t.Iterable[Body]) -> dict[str, Body]:
    """Return domains by their name in lower case."""
    return {str((one.get("properties") or {}).get("domainName") or one["name"]).lower(): one for one in domains}


def missing(wanted: t.Mapping[str, str], present: t.Mapping[str, Body]) -> dict[str, str]:
    """Return the wanted domains that have to be added, with how they are proven; one that has failed is added again."""
    return {
        name: method
        for name, method in wanted.items()
        if name not in present or status_of(present[name]).lower() == FAILED.lower()
    }


def changes(wanted: t.Mapping[str, str], present: t.Mapping[str, Body], waiting: t.Container[str]) -> list[Change]:
    """Return what has to change.

    :param wanted: all domains that are wanted, with how they are proven.
    :param present: those that are there, by name.
    :param waiting: those that cannot be added before the operator has made their record.
    """
    added = [
        Change(("custom_domains", name), status_of(present[name]) if name in present else None, method)
        for name, method in missing(wanted, present).items()
        if name not in waiting
    ]
    removed = [
        Change(("custom_domains", name), status_of(one), None, Impact.RECREATE)
        for name, one in present.items()
        if name not in wanted
    ]
    return added + removed


def describe(domain: Body, host: str | None) -> dict[str, t.Any]:
    """Return a domain as the result has it.

    :param host: the site's own host name.
    """
    properties = domain.get("properties") or {}
    name, status = str(properties.get("domainName") or domain["name"]), status_of(domain)
    token = properties.get("validationToken")
    record = None
    if status != READY:
        record = txt_record(name, token) if token else cname_record(name, host)
    return {"name": name, "status": status, "dns_record": record, "error": properties.get("errorMessage") or None}


def waiting_for_record(name: str, host: str | None, error: str | None) -> dict[str, t.Any]:
    """Return a domain that is not added yet, since its CNAME record is not there."""
    return {"name": name, "status": RECORD_MISSING, "dns_record": cname_record(name, host), "error": error}


def txt_record(name: str, token: str) -> dict[str, str]:
    """Return the TXT record that proves a domain: at the domain itself where it has no part before it."""
    return {"type": "TXT", "name": name if name.count(".") == 1 else f"_dnsauth.{name}", "value": token}


def cname_record(name: str, host: str | None) -> dict[str, str] | None:
    """Return the CNAME record that leads from a domain to a site; None where the site has no host name yet."""
    return {"type": "CNAME", "name": name, "value": host} if host else None
