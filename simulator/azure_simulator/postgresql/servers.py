"""All PostgreSQL servers of a simulator: the interface of this package."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from azure_simulator.core.daemons import end_leftover
from azure_simulator.core.firewall import Firewall, InsideAzure
from azure_simulator.postgresql import backups, configuration, databases, parameters
from azure_simulator.postgresql.binaries import Binaries
from azure_simulator.postgresql.databases import DEFAULT_CHARSET, DEFAULT_COLLATION, Database
from azure_simulator.postgresql.errors import OutsideWindow, PostgresError, ServerNotFound
from azure_simulator.postgresql.parameters import Parameter
from azure_simulator.postgresql.programs import POSTGRES
from azure_simulator.postgresql.records import Base, Record, ServerSpec, key
from azure_simulator.postgresql.server import Host, Server
from azure_simulator.postgresql.template import Template, reserve_log

_log = logging.getLogger(__name__)
# Starting is the machine's work; more at a time would only make each slower.
_AT_ONCE = 4


def _now() -> datetime:
    return datetime.now(UTC)


class Servers:
    """Servers by id. Methods that name one raise ServerNotFound if there is none; moments are the machine's time.

    :param state_dir: of the simulator; everything is in its folder `postgresql`.
    :param leaf: names the certificate file of an address.
    :param binaries: an installation of PostgreSQL; None for the one that comes with the Python packages.
    :param is_azure: tells whether a client is inside Azure; None when nobody is.
    """

    def __init__(
        self,
        state_dir: Path,
        leaf: Callable[[str], Path],
        binaries: Path | None = None,
        is_azure: InsideAzure | None = None,
    ) -> None:
        self._root = state_dir / "postgresql"
        self._clients = state_dir / "bin"
        self._leaf = leaf
        self._directory = binaries
        self._is_azure = is_azure
        self._servers: dict[str, Server] = {}
        self._making: set[str] = set()
        self._opened: tuple[Host, Template] | None = None

    def _open(self) -> tuple[Host, Template]:
        """What the servers share. Raises BinariesMissing; so only when there is a server to run."""
        if self._opened is None:
            binaries = Binaries.find(self._directory)
            (self._root / "servers").mkdir(mode=0o700, parents=True, exist_ok=True)
            host = Host(self._root, Template.secret(self._root), binaries, self._leaf, self._is_azure, _now)
            self._opened = host, Template(self._root, binaries, _now)
        return self._opened

    def _get(self, server_id: str) -> Server:
        server = self._servers.get(key(server_id))
        if server is None:
            raise ServerNotFound(f"there is no server {server_id}")
        return server

    # -- servers -----------------------------------------------------------------------------------------------------

    async def create(self, spec: ServerSpec) -> None:
        """Make a server and start it; from then on it can be restored.

        :raises PostgresError: when it cannot be; nothing of it is left then.
        """
        assert spec.password is not None, "a new server needs a password"
        host, template = self._open()
        base = await template.base()
        server = await self._copy(host, spec, base)
        try:
            await server.start()
            async with server.session() as connection:
                await databases.create_administrator(connection, spec.login, spec.password)
                for name in spec.databases:
                    await databases.create(connection, name, DEFAULT_CHARSET, DEFAULT_COLLATION)
            server.record.bases = [Base(base.folder, _now(), base.lsn)]
            self._keep(server)
        except BaseException:
            await self._give_up(server)
            raise

    async def restore(self, source_id: str, spec: ServerSpec, moment: datetime) -> None:
        """Make a server as another one, running or stopped, was at a moment, exact to the microsecond.

        Parameters set on the source and its firewall rules are not taken over.

        :raises OutsideWindow: for a moment before `earliest_restore` or in the future.
        """
        host, _ = self._open()
        source = self._get(source_id)
        async with source.lock:
            base = backups.newest_before(source, moment, _now())
            if source.running:
                await backups.mark(source)
            server = await self._copy(host, spec, base)
            try:
                await backups.recover(server, source, moment)
                async with server.session() as connection:
                    if spec.password is not None:
                        await databases.set_password(connection, spec.login, spec.password)
                    await reserve_log(connection)
                await backups.take(server, host.secret, host.binaries, None)
                self._keep(server)
            except BaseException:
                await self._give_up(server)
                raise

    async def _copy(self, host: Host, spec: ServerSpec, base: Base) -> Server:
        name = key(spec.id)
        if name in self._servers or name in self._making:
            raise PostgresError(f"the server {spec.id} exists")
        self._making.add(name)
        folder = self._root / "servers" / name
        if folder.exists():
            await asyncio.to_thread(shutil.rmtree, folder)
        folder.mkdir()
        try:
            await backups.copy(self._root / base.folder, folder / "data")
            configuration.write(folder / "data", spec.defaults, fresh=True)
            record = Record(spec.id, spec.address, spec.port, spec.login, dict(spec.defaults))
            return Server(host, folder, record)
        except BaseException:
            self._making.discard(name)
            raise

    def _keep(self, server: Server) -> None:
        server.save()
        self._servers[server.folder.name] = server
        self._making.discard(server.folder.name)

    async def _give_up(self, server: Server) -> None:
        self._servers.pop(server.folder.name, None)
        self._making.discard(server.folder.name)
        await server.remove()

    def exists(self, server_id: str) -> bool:
        """Whether there is such a server."""
        return key(server_id) in self._servers

    def running(self, server_id: str) -> bool:
        """Whether it accepts connections."""
        return self._get(server_id).running

    async def start(self, server_id: str) -> None:
        """Start it. Raises ServerFailed when it cannot run with the parameters it has."""
        server = self._get(server_id)
        async with server.lock:
            await server.start()
            server.record.running = True
            server.save()

    async def stop(self, server_id: str) -> None:
        """Stop it; its clients are told. It stays stopped when the simulator is started again."""
        server = self._get(server_id)
        async with server.lock:
            await server.stop()
            server.record.running = False
            server.save()

    async def restart(self, server_id: str) -> None:
        """Stop and start it: parameters that need it take effect."""
        server = self._get(server_id)
        async with server.lock:
            await server.stop()
            await server.start()

    async def drop(self, server_id: str) -> None:
        """Delete it with its data and backups. Nothing happens if there is none."""
        server = self._servers.get(key(server_id))
        if server is not None:
            async with server.lock:
                self._servers.pop(server.folder.name, None)
                await server.remove()

    def cut(self, server_id: str) -> int:
        """Cut all connections of its clients, as a network that fails does; how many there were."""
        return self._get(server_id).cut()

    async def set_defaults(self, server_id: str, defaults: dict[str, str]) -> None:
        """Give it other values of parameters nobody has set, those of another size; in force from its next start."""
        server = self._get(server_id)
        async with server.lock:
            configuration.write(server.data, defaults, fresh=False)
            server.record.defaults = dict(defaults)
            server.save()

    # -- what is in a server -----------------------------------------------------------------------------------------

    async def set_password(self, server_id: str, password: str) -> None:
        """Give the administrator a new password; sessions go on."""
        server = self._get(server_id)
        async with server.session() as connection:
            await databases.set_password(connection, server.record.login, password)

    async def create_database(
        self, server_id: str, name: str, charset: str = DEFAULT_CHARSET, collation: str = DEFAULT_COLLATION
    ) -> None:
        """Make a database. Raises Refused as PostgreSQL refuses: `42P04` when it exists."""
        async with self._get(server_id).session() as connection:
            await databases.create(connection, name, charset, collation)

    async def drop_database(self, server_id: str, name: str) -> None:
        """Remove a database and cut its clients. Refused with `3D000` when there is none."""
        async with self._get(server_id).session() as connection:
            await databases.drop(connection, name)

    async def databases(self, server_id: str) -> list[Database]:
        """All but the templates; those clients made by SQL as well."""
        async with self._get(server_id).session() as connection:
            return await databases.read(connection)

    async def set_parameter(self, server_id: str, name: str, value: str | None) -> None:
        """Set a parameter, or with None give it its default back. Refused as PostgreSQL refuses."""
        host, _ = self._open()
        async with self._get(server_id).session() as connection:
            await parameters.write(connection, name, value, host.binaries.libraries)

    async def parameters(self, server_id: str) -> list[Parameter]:
        """All parameters."""
        async with self._get(server_id).session() as connection:
            return await parameters.read(connection)

    def set_firewall(self, server_id: str, rules: Iterable[tuple[str, str]], azure_services: bool) -> None:
        """Say who may connect from now on; a new server admits nobody.

        :param rules: first and last address of each range.
        :param azure_services: whether whatever runs inside Azure may (Azure's rule 0.0.0.0).
        """
        server, ranges = self._get(server_id), list(rules)
        Firewall.of(ranges, azure_services, None)
        server.record.rules, server.record.azure_services = ranges, azure_services
        server.apply_firewall()
        server.save()

    # -- backups -----------------------------------------------------------------------------------------------------

    async def backup(self, server_id: str, name: str) -> datetime:
        """Copy a running server; the moment the copy was complete. A name may stand for several until dropped."""
        host, _ = self._open()
        server = self._get(server_id)
        async with server.lock:
            # Says ServerStopped, which is clearer than what the program would say.
            async with server.session():
                pass
            base = await backups.take(server, host.secret, host.binaries, name)
        return base.moment

    async def drop_backup(self, server_id: str, name: str) -> None:
        """Forget a backup; nothing happens if there is none. What could be restored still can."""
        server = self._get(server_id)
        async with server.lock:
            named = [base for base in server.record.bases if base.name == name]
            await backups.remove(server, named, self._root)

    async def forget_before(self, server_id: str, moment: datetime) -> None:
        """Give up restoring moments before this one (the end of the retention time), and the disk space they take."""
        server = self._get(server_id)
        async with server.lock:
            try:
                needed = backups.newest_before(server, moment, _now())
            except OutsideWindow:
                return
            old = [base for base in server.record.bases if base.moment < needed.moment]
            await backups.remove(server, old, self._root)

    async def earliest_restore(self, server_id: str) -> datetime | None:
        """The first moment that can be restored."""
        moments = [base.moment for base in self._get(server_id).record.bases]
        return min(moments, default=None)

    # -- the simulator's own life ------------------------------------------------------------------------------------

    async def resume(self) -> None:
        """Take up what an earlier process left, in order or not: servers that ran come back, unfinished ones go."""
        try:
            Binaries.find(self._directory).write_clients(self._clients)
        except PostgresError as error:
            _log.info("no PostgreSQL servers: %s", error)
            return
        if not (self._root / "servers").is_dir():
            return
        host, _ = self._open()
        limit = asyncio.Semaphore(_AT_ONCE)
        folders = sorted((self._root / "servers").iterdir())
        await asyncio.gather(*(self._resume(host, folder, limit) for folder in folders))

    async def _resume(self, host: Host, folder: Path, limit: asyncio.Semaphore) -> None:
        try:
            record = Record.load(folder / "server.json")
        except FileNotFoundError:
            await end_leftover(POSTGRES, folder / "process.json")
            await asyncio.to_thread(shutil.rmtree, folder)
            return
        server = Server(host, folder, record)
        self._servers[folder.name] = server
        if record.running:
            async with limit:
                try:
                    await server.start()
                except (PostgresError, OSError) as error:
                    _log.error("%s cannot be started: %s", record.id, error)

    async def shutdown(self) -> None:
        """Stop all of them in order, for the simulator's end; the ones that ran come back with `resume`."""
        await asyncio.gather(*(self._shut(server) for server in self._servers.values()))

    async def _shut(self, server: Server) -> None:
        async with server.lock:
            await server.stop()
            await server.close()

    async def reset(self) -> None:
        """Delete all of them."""
        await asyncio.gather(*(self.drop(server.record.id) for server in list(self._servers.values())))
