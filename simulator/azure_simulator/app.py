"""Puts one simulator together and runs it until it is told to stop."""

from __future__ import annotations

import asyncio
import json
import logging
import shlex
import signal
from collections.abc import Callable
from pathlib import Path

from azure_simulator.certificates import CertificateAuthority
from azure_simulator.core.addresses import Addresses
from azure_simulator.core.clock import Clock
from azure_simulator.core.durations import Durations
from azure_simulator.core.faults import Faults
from azure_simulator.core.files import write_private
from azure_simulator.core.listeners import Listeners
from azure_simulator.core.operations import Operations
from azure_simulator.core.pipeline import Pipeline
from azure_simulator.core.providers import Providers
from azure_simulator.core.request_log import RequestLog
from azure_simulator.core.routing import Router
from azure_simulator.core.service import Context
from azure_simulator.core.store import Store
from azure_simulator.core.throttling import Throttle
from azure_simulator.services import load
from azure_simulator.services.authorization.roles import Authorizer
from azure_simulator.services.identity.routes import IdentityService
from azure_simulator.services.identity.tokens import Tokens
from azure_simulator.services.static_sites.routes import StaticSitesService
from azure_simulator.settings import LOOPBACK, Settings

_log = logging.getLogger(__name__)


def build(settings: Settings) -> tuple[Context, Pipeline]:
    """Open the state directory and wire everything; nothing listens yet."""
    store = Store(settings.state_dir / "store.sqlite")
    clock = Clock(store)
    durations = Durations(settings.time_scale)
    authority = CertificateAuthority(settings.state_dir)
    context = Context(
        settings=settings,
        store=store,
        clock=clock,
        durations=durations,
        operations=Operations(store, clock, durations),
        addresses=Addresses(store, settings.state_dir),
        faults=Faults(),
        requests=RequestLog(),
        throttle=Throttle(settings.time_scale),
        listeners=Listeners(authority.leaf),
        tokens=Tokens(settings.state_dir, settings.account, settings.url),
        authorizer=Authorizer(store, settings.account, clock),
    )
    context.services = load(context)
    router = Router(route for service in context.services for route in service.routes())
    return context, Pipeline(context, router, Providers(store, context))


async def serve(settings: Settings, on_ready: Callable[[], None]) -> None:
    """Run until SIGTERM or SIGINT. `on_ready` is called when requests are answered."""
    context, pipeline = build(settings)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    for service in context.services:
        await service.startup()
    context.operations.resume()
    await context.listeners.open(LOOPBACK, settings.port, pipeline)
    write_environment(context)
    _log.info("ready at %s", settings.url)
    on_ready()
    await stopping.wait()
    _log.info("stopping")
    await context.listeners.close_all()
    await context.operations.stop()
    for service in reversed(context.services):
        await service.shutdown()
    context.addresses.close()
    context.store.close()


def write_environment(context: Context) -> None:
    """`azure.env` for shells and clients, `azure.json` for programs; both readable by their owner only."""
    settings, account = context.settings, context.settings.account
    ca_path = str(settings.ca_path)
    metadata_url = f"{settings.url}/metadata/endpoints?api-version=2019-05-01"
    secret = context.service(IdentityService).directory.secret_of_account()
    environment = {
        "AZURE_TENANT_ID": account.tenant_id,
        "AZURE_CLIENT_ID": account.client_id,
        "AZURE_CLIENT_SECRET": secret,
        "AZURE_SUBSCRIPTION_ID": account.subscription_id,
        "AZURE_AUTHORITY_HOST": settings.url,
        "AZURE_CLOUD_ENVIRONMENT": settings.url,
        "ARM_CLOUD_METADATA_URL": metadata_url,
        "REQUESTS_CA_BUNDLE": ca_path,
        "SSL_CERT_FILE": ca_path,
        "CURL_CA_BUNDLE": ca_path,
        "AZURE_SIMULATOR_URL": settings.url,
    }
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in environment.items()]
    write_private(settings.state_dir / "azure.env", "".join(lines))
    values = {
        "tenant_id": account.tenant_id,
        "client_id": account.client_id,
        "client_secret": secret,
        "subscription_id": account.subscription_id,
        "authority_host": settings.url,
        "cloud": settings.url,
        "metadata_url": metadata_url,
        "ca_path": ca_path,
        "url": settings.url,
        "hook_key": settings.hook_key,
        "https_proxy": context.service(StaticSitesService).proxy_url,
    }
    write_private(settings.state_dir / "azure.json", json.dumps(values, indent=2) + "\n")


def configure_logging(path: Path) -> None:
    """One line per event into the log file; bodies and tokens are never logged."""
    logging.basicConfig(
        filename=path, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", encoding="utf-8"
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
