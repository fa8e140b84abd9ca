"""Routes of Microsoft.Web/staticSites, the listeners of their environments, and the way by which content comes in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from azure_simulator.core.control import ControlError
from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.resource_service import ResourceService
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType
from azure_simulator.core.store import Document
from azure_simulator.services.static_sites import content_server, models, rules, schema
from azure_simulator.services.static_sites.asynchronous import Asynchronous
from azure_simulator.services.static_sites.content import Content
from azure_simulator.services.static_sites.content_server import ContentServer
from azure_simulator.services.static_sites.deployments import Deployments
from azure_simulator.services.static_sites.domains import Domains
from azure_simulator.services.static_sites.environments import Environments
from azure_simulator.services.static_sites.errors import WebError
from azure_simulator.services.static_sites.models import Sites
from azure_simulator.services.static_sites.pages import SiteApplication
from azure_simulator.services.static_sites.proxy import Proxy, Target

# 443 in Azure; here a port that needs no privilege.
PORT = 8443
PROXY_PORT = 3128
_DELETE, _DELETE_BUILD = "static_site.delete", "static_site.build.delete"
_ADD_DOMAIN, _TOKEN, _DELETE_DOMAIN = (
    "static_site.domain.create",
    "static_site.domain.token",
    "static_site.domain.delete",
)
_LOOK = "static_site.domain.look"


class StaticSitesService(ResourceService):
    """Static web apps with their environments, domains and settings."""

    item = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/staticSites/{name}"
    namespace = "Microsoft.Web"
    api_versions = frozenset(schema.API_VERSIONS)
    resource_types = (
        ResourceType("staticSites", schema.API_VERSIONS, schema.REGIONS),
        ResourceType("staticSites/builds", schema.API_VERSIONS, schema.REGIONS),
        ResourceType("staticSites/customDomains", schema.API_VERSIONS, schema.REGIONS),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.sites = Sites(context.store, context.settings.account.subscription_id)
        self.domains = Domains(context.store, context.clock)
        self.environments = Environments(context.store, context.clock)
        self._content = Content(context.settings.state_dir / "static-sites")
        self._asynchronous = Asynchronous(self)
        self._deployments = Deployments(context, self.environments, self._content, self._open_environment)
        self._server = ContentServer(context, self._deployments, self.sites.by_token, self._close_environment)
        self._proxy = Proxy(self._target)
        context.operations.define(_DELETE, self._deleted)
        context.operations.define(_DELETE_BUILD, self._build_deleted)
        context.operations.define(_ADD_DOMAIN, self._domain_added, self._domain_failed)
        context.operations.define(_DELETE_DOMAIN, self._domain_deleted)
        context.hook("static-sites/dns", self._set_record)

    def routes(self) -> Iterable[Route]:
        yield from self._asynchronous.routes()
        yield from self.standard_routes()
        builds, domains = f"{self.item}/builds", f"{self.item}/customDomains"
        for method, path, handler in (
            ("POST", f"{self.item}/listAppSettings", self.list_settings),
            ("PUT", f"{self.item}/config/appsettings", self.put_settings),
            ("POST", f"{self.item}/listSecrets", self.list_secrets),
            ("POST", f"{self.item}/resetapikey", self.reset_token),
            ("POST", f"{self.item}/detach", self.detach),
            ("GET", builds, self.list_builds),
            ("GET", f"{builds}/{{build}}", self.get_build),
            ("DELETE", f"{builds}/{{build}}", self.delete_build),
            ("POST", f"{builds}/{{build}}/zipdeploy", self.zip_deploy),
            ("POST", f"{self.item}/zipdeploy", self.zip_deploy),
            ("GET", domains, self.list_domains),
            ("POST", f"{domains}/{{domain}}/validate", self.validate_domain),
            ("PUT", f"{domains}/{{domain}}", self.put_domain),
            ("GET", f"{domains}/{{domain}}", self.get_domain),
            ("DELETE", f"{domains}/{{domain}}", self.delete_domain),
        ):
            yield self.route(method, path, handler)

    # -- life of the listeners ---------------------------------------------------------------------------------------

    @property
    def proxy_url(self) -> str:
        """What HTTPS_PROXY has to be, for programs that know the names of the real service only."""
        return f"http://{self.context.addresses.first}:{PROXY_PORT}"

    async def startup(self) -> None:
        self._content.forget_uploads()
        first = self.context.addresses.first
        await self.context.listeners.open(first, PORT, self._server, names=content_server.NAMES)
        await self._proxy.open(first, PROXY_PORT)
        for build in self.environments.list():
            await self._listen(build)

    async def shutdown(self) -> None:
        await self._proxy.close()

    async def reset(self) -> None:
        await self._proxy.close()
        await self.context.listeners.close(self.context.addresses.first, PORT)
        for build in self.environments.list():
            await self._unlisten(build)
        self._content.clear()

    def _target(self, host: str, port: int) -> Target | None:
        """Where the proxy leads: the names of the content server, and what is of this simulator."""
        addresses = self.context.addresses
        if host in content_server.NAMES and port == 443:
            return addresses.first, PORT
        ours = addresses.owns(host) or f"https://{host}:{port}" == self.context.settings.url
        return (host, port) if ours else None

    async def _listen(self, build: Document) -> None:
        host = str(build.body["properties"]["hostname"])
        address, _, port = host.partition(":")
        application = SiteApplication(self.context, host, lambda: self._folder(build.id))
        await self.context.listeners.open(address, int(port), application)

    def _folder(self, build_id: str) -> Path | None:
        build = self.environments.by_id(build_id)
        version = build.private["version"] if build else None
        return self._content.path(build_id, version) if version else None

    async def _unlisten(self, build: Document) -> None:
        address, _, port = str(build.body["properties"]["hostname"]).partition(":")
        await self.context.listeners.close(address, int(port))

    async def _open_environment(self, site: Document, name: str) -> Document:
        """Make an environment, with an address at which it waits for content."""
        build_id = self.environments.id_of(site, name)
        host = f"{self.context.addresses.allocate(build_id)}:{PORT}"
        build = self.environments.create(site, name, host)
        try:
            await self._listen(build)
        except OSError as error:
            self.environments.delete(build)
            self.context.addresses.release(build_id)
            message = f"The simulator cannot listen on {host}: {error}."
            raise ArmError(500, "InternalServerError", message) from error
        return build

    async def _remove_environment(self, build: Document) -> None:
        self.context.operations.cancel(build.id)
        await self._unlisten(build)
        self.environments.delete(build)
        self.context.addresses.release(build.id)
        self._content.drop(build.id)

    async def _close_environment(self, site: Document, name: str) -> None:
        build = self.environments.find(site, name)
        if build is not None:
            await self._remove_environment(build)

    # -- sites -------------------------------------------------------------------------------------------------------

    def _site(self, request: ArmRequest) -> Document:
        return self.sites.get(request.params["group"], request.params["name"])

    async def put(self, request: ArmRequest) -> ArmResponse:
        """200 with the whole site, for a new one too."""
        group, name, body = request.params["group"], request.params["name"], request.json()
        old = self.sites.find(group, name)
        self.sites.check_put(group, name, body, len(self.domains.of(old)) if old else 0)
        address = self.context.addresses.allocate(f"{self.sites.id_of(group, name)}/builds/{rules.DEFAULT}")
        content_url = content_server.URL
        site, new = self.sites.put(group, name, body, f"{address}:{PORT}", content_url)
        if new:
            try:
                await self._open_environment(site, rules.DEFAULT)
            except ArmError:
                self.sites.delete(site)
                raise
        return ArmResponse(200, self.show(site.body, request.api_version))

    async def patch(self, request: ArmRequest) -> ArmResponse:
        group, name = request.params["group"], request.params["name"]
        domains = len(self.domains.of(self._site(request)))
        site = self.sites.patch(group, name, request.json(), domains)
        return ArmResponse(200, self.show(site.body, request.api_version))

    async def get(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.show(self._site(request).body, request.api_version))

    def show(self, body: dict[str, Any], api_version: str) -> dict[str, Any]:
        return models.shown(self._with_domains(body), api_version)

    def _with_domains(self, body: dict[str, Any]) -> dict[str, Any]:
        site = self.sites.by_id(body["id"])
        domains = self.domains.of(site) if site else []
        ready = [one.body["name"] for one in domains if one.body["properties"]["status"] == "Ready"]
        return {**body, "properties": {**body["properties"], "customDomains": ready}}

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """202; the site is there until the operation ends. 204 where there is none."""
        site = self.sites.find(request.params["group"], request.params["name"])
        if site is None:
            return ArmResponse(204)
        operation = self.context.operations.active(site.id) or self.context.operations.start(
            request, _DELETE, site.id, duration=_DELETE
        )
        return self._asynchronous.accepted(request, site.body["location"], operation)

    async def _deleted(self, operation: Operation) -> None:
        site = self.sites.by_id(operation.resource_id)
        if site is not None:
            await self._remove(site)

    async def _remove(self, site: Document) -> None:
        for build in self.environments.list(site.id):
            await self._remove_environment(build)
        for domain in self.domains.of(site):
            self.context.operations.cancel(domain.id)
            self.domains.delete(domain.id)
        self.sites.delete(site)

    async def delete_group(self, group_id: str) -> None:
        for site in self.sites.list(group_id):
            self.context.operations.cancel(site.id)
            await self._remove(site)

    def resources(self, scope: str) -> list[dict[str, Any]]:
        return [self._with_domains(document.body) for document in self.sites.list(scope)]

    # -- settings and secrets ----------------------------------------------------------------------------------------

    async def list_settings(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.sites.settings(request.params["group"], request.params["name"]))

    async def put_settings(self, request: ArmRequest) -> ArmResponse:
        group, name = request.params["group"], request.params["name"]
        self.sites.write_settings(group, name, request.json())
        return ArmResponse(200, self.sites.settings(group, name))

    async def list_secrets(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.sites.secrets(request.params["group"], request.params["name"]))

    async def reset_token(self, request: ArmRequest) -> ArmResponse:
        body = request.json() if request.content.strip() else {}
        self.sites.reset_token(request.params["group"], request.params["name"], body)
        return ArmResponse(200)

    async def detach(self, request: ArmRequest) -> ArmResponse:
        self.sites.detach(request.params["group"], request.params["name"])
        return ArmResponse(200)

    async def zip_deploy(self, request: ArmRequest) -> ArmResponse:
        """Not implemented, in Azure as here."""
        raise WebError(501, "NotImplemented", "The requested method is not implemented.", "51009")

    # -- environments ------------------------------------------------------------------------------------------------

    async def list_builds(self, request: ArmRequest) -> ArmResponse:
        value = [build.body for build in self.environments.list(self._site(request).id)]
        return ArmResponse(200, {"value": value, "nextLink": None, "id": None})

    async def get_build(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.environments.get(self._site(request), request.params["build"]).body)

    async def delete_build(self, request: ArmRequest) -> ArmResponse:
        """202; 204 where there is none."""
        site = self._site(request)
        build = self.environments.find(site, request.params["build"])
        if build is None:
            return ArmResponse(204)
        if build.body["name"] == rules.DEFAULT:
            raise WebError(400, "BadRequest", "The production build of a static site cannot be deleted.")
        self.environments.mark(build.id, "Deleting")
        operation = self.context.operations.start(request, _DELETE_BUILD, build.id, duration=_DELETE_BUILD)
        return self._asynchronous.accepted(request, site.body["location"], operation)

    async def _build_deleted(self, operation: Operation) -> None:
        build = self.environments.by_id(operation.resource_id)
        if build is not None:
            await self._unlisten(build)
            self.environments.delete(build)
            self.context.addresses.release(build.id)
            self._content.drop(build.id)

    # -- custom domains ----------------------------------------------------------------------------------------------

    async def list_domains(self, request: ArmRequest) -> ArmResponse:
        value = [domain.body for domain in self.domains.of(self._site(request))]
        return ArmResponse(200, {"value": value, "nextLink": None, "id": None})

    async def get_domain(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.domains.get(self._site(request), request.params["domain"]).body)

    async def validate_domain(self, request: ArmRequest) -> ArmResponse:
        body = request.json() if request.content.strip() else {}
        self.domains.check(self._site(request), request.params["domain"], body)
        return ArmResponse(200)

    async def put_domain(self, request: ArmRequest) -> ArmResponse:
        """202 for a new one, and 200 with the domain for one that is there."""
        site, name = self._site(request), request.params["domain"]
        method = self.domains.check(site, name, request.json() if request.content.strip() else {})
        present = self.domains.find(site, name)
        if present is not None and present.body["properties"]["status"] != "Failed":
            return ArmResponse(200, present.body)
        if present is not None:
            self.domains.delete(present.id)
        domain = self.domains.add(site, name, method)
        duration = _ADD_DOMAIN if method == schema.CNAME else _TOKEN
        operation = self.context.operations.start(request, _ADD_DOMAIN, domain.id, duration=duration)
        return self._asynchronous.accepted(request, site.body["location"], operation)

    async def _domain_added(self, operation: Operation) -> None:
        while not self.domains.advance(operation.resource_id):
            await self.context.clock.wait(max(0.05, self.context.durations.seconds(_LOOK)))

    async def _domain_failed(self, operation: Operation, error: ArmError) -> None:
        self.domains.fail(operation.resource_id, error)

    async def delete_domain(self, request: ArmRequest) -> ArmResponse:
        site = self._site(request)
        domain = self.domains.get(site, request.params["domain"])
        self.context.operations.cancel(domain.id)
        operation = self.context.operations.start(request, _DELETE_DOMAIN, domain.id, duration=_DELETE_DOMAIN)
        return self._asynchronous.accepted(request, site.body["location"], operation)

    async def _domain_deleted(self, operation: Operation) -> None:
        self.domains.delete(operation.resource_id)

    async def _set_record(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a DNS record: `{"name": …, "type": "CNAME" | "TXT", "value": …}`; without a value it is taken away."""
        name, kind, value = body.get("name"), body.get("type"), body.get("value")
        if not isinstance(name, str) or kind not in ("CNAME", "TXT") or not isinstance(value, str | None):
            raise ControlError("a record has a name, the type CNAME or TXT, and a value")
        self.domains.set_record(name, kind, value)
        return {"name": name, "type": kind, "value": value}
