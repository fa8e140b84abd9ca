"""Custom domains of static web apps, and the DNS that the simulator has instead of the world's.

A domain is validated by a CNAME record that leads to the site, which has to be there before the domain is added, or by
a TXT record with a token that Azure makes up when it is added. Records are made with the hook `static-sites/dns`.
"""

from __future__ import annotations

from typing import Any

from azure_simulator.core.clock import Clock, isoformat
from azure_simulator.core.errors import ArmError
from azure_simulator.core.store import Document, Store
from azure_simulator.services.static_sites import names, rules, schema
from azure_simulator.services.static_sites.errors import WebError, bad_request

KIND = "staticSiteDomains"
_RECORDS = "dnsRecords"


class Domains:
    """All custom domains. One name belongs to one site only."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def of(self, site: Document) -> list[Document]:
        return self._store.list(KIND, f"{site.id}/customDomains/")

    def find(self, site: Document, name: str) -> Document | None:
        return self._store.get(KIND, f"{site.id}/customDomains/{name}")

    def get(self, site: Document, name: str) -> Document:
        document = self.find(site, name)
        if document is None:
            raise WebError(404, "NotFound", f"Cannot find custom domain with name {name}.", "51004")
        return document

    def check(self, site: Document, name: str, body: dict[str, Any]) -> str:
        """Refuse what cannot be added; how it is to be validated."""
        schema.DOMAIN.check(body)
        rules.check_domain(name)
        method = ((body.get("properties") or {}).get("validationMethod") or schema.CNAME).lower()
        owner = next((one for one in self._store.list(KIND) if one.body["name"].lower() == name.lower()), None)
        if owner is not None and not owner.id.lower().startswith(f"{site.id}/customDomains/".lower()):
            raise rules.domain_taken()
        if method == schema.CNAME and not self.leads_to(name, site.body["properties"]["defaultHostname"]):
            raise bad_request("CNAME Record is invalid.  Please ensure the CNAME record has been created.")
        return method

    def add(self, site: Document, name: str, method: str) -> Document:
        """Begin with a domain."""
        plan = rules.PLANS[site.body["sku"]["name"]]
        if len(self.of(site)) >= plan.domains:
            raise rules.too_many_domains(plan)
        document = {
            "id": f"{site.id}/customDomains/{name.lower()}",
            "name": name.lower(),
            "type": f"{rules.TYPE}/customDomains",
            "location": site.body["location"],
            "properties": {
                "domainName": name.lower(),
                "createdOn": isoformat(self._clock.now()),
                "status": "Adding" if method == schema.CNAME else "RetrievingValidationToken",
                "validationToken": None,
                "errorMessage": None,
            },
        }
        return self._store.put(KIND, document["id"], document, {"method": method})

    def advance(self, domain_id: str) -> bool:
        """What time has brought: whether the domain is ready, or, False, still waits for its TXT record."""
        document = self._store.get(KIND, domain_id)
        if document is None or document.body["properties"]["status"] == "Ready":
            return True
        properties = document.body["properties"]
        if document.private["method"] == schema.TXT:
            properties["validationToken"] = properties["validationToken"] or names.validation_token()
            properties["status"] = "Validating"
        if document.private["method"] == schema.CNAME or self._proven(properties):
            properties |= {"status": "Ready", "validationToken": None}
        self._store.put(KIND, document.id, document.body)
        return bool(properties["status"] == "Ready")

    def fail(self, domain_id: str, error: ArmError) -> None:
        document = self._store.get(KIND, domain_id)
        if document is not None:
            document.body["properties"] |= {"status": "Failed", "errorMessage": error.message}
            self._store.put(KIND, document.id, document.body)

    def delete(self, domain_id: str) -> None:
        self._store.delete(KIND, domain_id)

    # -- records -----------------------------------------------------------------------------------------------------

    def set_record(self, name: str, kind: str, value: str | None) -> None:
        """Make a record, or take it away."""
        key = f"{kind.upper()} {name.lower().rstrip('.')}"
        if value is None:
            self._store.delete(_RECORDS, key)
        else:
            self._store.put(_RECORDS, key, {"value": value})

    def leads_to(self, name: str, host: str) -> bool:
        """Whether a CNAME record leads from a name to a site."""
        return self._record("CNAME", name) == host

    def _proven(self, properties: dict[str, Any]) -> bool:
        name = properties["domainName"]
        token = properties["validationToken"]
        return token in (self._record("TXT", name), self._record("TXT", f"_dnsauth.{name}"))

    def _record(self, kind: str, name: str) -> str | None:
        document = self._store.get(_RECORDS, f"{kind} {name.lower()}")
        return str(document.body["value"]) if document else None
