"""What a static web app may be: names, regions, and the limits of its plans.

Limits: https://learn.microsoft.com/azure/static-web-apps/quotas. How Azure words what it refuses by them is a guess,
except for domains.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.providers import check_location, region_name
from azure_simulator.services.static_sites import schema
from azure_simulator.services.static_sites.errors import WebError, bad_request, not_simulated

TYPE = "Microsoft.Web/staticSites"
MEGABYTE = 1024 * 1024
MOST_FREE_SITES = 10
DEFAULT = "default"

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}[A-Za-z0-9]$|^[A-Za-z0-9]$")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"^(?:{_LABEL}\.)+[a-z]{{2,63}}$")
_ENVIRONMENT = re.compile(r"^[A-Za-z0-9]{1,16}$")
_REGIONS = {region_name(region): region for region in schema.REGIONS}


@dataclass(frozen=True)
class Plan:
    """What a plan allows. `bytes` is the size of one environment's content, `total` that of all together."""

    previews: int
    domains: int
    bytes: int
    total: int
    files: int = 15_000


PLANS = {
    "Free": Plan(previews=3, domains=2, bytes=250 * MEGABYTE, total=512 * MEGABYTE),
    "Standard": Plan(previews=10, domains=5, bytes=500 * MEGABYTE, total=2048 * MEGABYTE),
}


def check_name(name: str) -> None:
    """400 for what is no name of a site."""
    if not _NAME.match(name):
        raise bad_request(f"The name '{name}' is not valid: 1 to 40 letters, digits and inner hyphens.")


def check_region(location: Any) -> str:
    """The region in its display form; 400 where Azure has no static web apps."""
    name = check_location(location, TYPE)
    if name not in _REGIONS:
        message = (
            f"The provided location '{location}' is not available for resource type '{TYPE}'. "
            f"List of available regions for the resource type is '{','.join(_REGIONS)}'."
        )
        raise ArmError(400, "LocationNotAvailableForResourceType", message, gateway=True)
    return _REGIONS[name]


def check_sku(sku: dict[str, Any] | None, present: str | None) -> str:
    """The plan that is wanted: the present one, or Free, where a body names none."""
    wanted = (sku or {}).get("name") or (sku or {}).get("tier") or present or "Free"
    for name in schema.SKUS:
        if name.lower() == str(wanted).lower():
            return name
    raise bad_request(f"The SKU '{wanted}' is not valid for a static web app. Use Free or Standard.")


def check_properties(properties: dict[str, Any]) -> None:
    """501 for what Azure has and nobody has simulated."""
    if properties.get("templateProperties"):
        raise not_simulated("Making a repository from a template")
    if (properties.get("enterpriseGradeCdnStatus") or "Disabled").lower() != "disabled":
        raise not_simulated("The enterprise-grade edge")


def check_domain(name: str) -> None:
    """400 for what is no name of a host; 501 for what is not simulated."""
    if not _DOMAIN.match(name.lower()) or len(name) > 253:
        raise bad_request(f"Name {name} is not valid.")
    if name.lower().endswith(".azurestaticapps.net") or "xn--" in name.lower():
        raise bad_request(f"domainName is invalid.  The domain name {name} cannot be used.")


def is_environment(name: str) -> bool:
    """Whether it can be the name of a preview environment.

    Azure has been reported to put content into production where the name cannot be one (Azure/static-web-apps-cli
    issues 508 and 650), after it has said so; here nothing is deployed.
    """
    return bool(_ENVIRONMENT.match(name)) and name.lower() != DEFAULT


def domain_taken() -> WebError:
    message = "Request Envelope is invalid.  Please ensure the custom domain is not linked to another site."
    return WebError(409, "Conflict", message)


def too_many_domains(plan: Plan) -> WebError:
    return bad_request(f"The static web app has the maximum number of custom domains, {plan.domains}.")
