"""``user`` and ``token``: who may, from the command line of the host."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from crm_store.access import credentials, passwords
from crm_store.errors import RecordNotFound
from crm_store.reader import Reader
from crm_store.records import By, Credential, CredentialKind, Group, Role, User
from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge import app
from pbx_bridge.commands.invocation import config_of, existing_store, tell
from pbx_bridge.errors import PbxBridgeError

T = TypeVar("T")

user = typer.Typer(no_args_is_help=True, help="Make users, and give them passwords.")
token = typer.Typer(no_args_is_help=True, help="Make, list and revoke API tokens.")

_DAYS = re.compile(r"(\d{1,4})([dwy])")
_UNITS = {"d": 1, "w": 7, "y": 365}
_BY = By(via="command line")


@user.command("add")
def add_user(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name that people call him by.")],
    role: Annotated[Role | None, typer.Option(help="Agent, unless there is nobody yet.")] = None,
    email: Annotated[str | None, typer.Option(help="He can sign in with it too.")] = None,
    extension: Annotated[list[str] | None, typer.Option(help="His phone; may be repeated.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="May be repeated; made if new.")] = None,
) -> None:
    """Make a user who can sign in, or let one sign in who was loaded from a file.

    The first of a store is an administrator. The password is asked for, or read from stdin.
    """
    config = config_of(context)

    def add(w: Writer, hashed: str) -> User:
        is_first = not any(one.password_hash for one in w.users())
        for one in group or ():
            if w.get("group", one) is None:
                w.add(Group(name=one))
        given = {
            "email": email,
            "extensions": tuple(extension or ()),
            "role": role or (Role.ADMINISTRATOR if is_first else None),
            "groups": tuple(group or ()),
            "password_hash": hashed,
        }
        given = {field: value for field, value in given.items() if value}
        if w.get("user", name) is not None:
            changed: User = w.change("user", name, given, action="password changed")
            return changed
        made = User(name=name, **given)  # type: ignore[arg-type]  # each under its own name
        w.add(made)
        return made

    async def run() -> User:
        async with app.open_store(config, migrate=True) as store:
            known = await store.read(lambda r: r.get("user", name))
            if known is not None and known.password_hash is not None:
                raise PbxBridgeError(
                    f"{name} can sign in already",
                    hint=f"`pbx-bridge user password {name!r}` gives another password",
                )
            password = _ask_password()
            await _check(store, password, name)
            hashed = await passwords.hash_password(password)
            return await _write(store, lambda w: add(w, hashed))

    made = asyncio.run(run())
    typer.echo(f"{made.name} can sign in now: {made.role.value}")


@user.command("password")
def set_password(
    context: typer.Context, name: Annotated[str, typer.Argument(help="Whose.")]
) -> None:
    """Give a user another password; his sessions end. It is asked for, or read from stdin."""

    async def run(store: Store) -> None:
        if await store.read(lambda r: r.get("user", name)) is None:
            raise RecordNotFound("user", name)
        password = _ask_password()
        await _check(store, password, name)
        hashed = await passwords.hash_password(password)
        await _write(store, lambda w: credentials.set_password(w, name, hashed))

    _with_store(context, run)
    typer.echo(f"{name} has another password now, and is signed out everywhere")


@token.command("create")
def create_token(
    context: typer.Context,
    user: Annotated[str, typer.Argument(help="In whose name it acts.")],
    scope: Annotated[list[str] | None, typer.Option(help="read, write or admin.")] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="DAYS", help="90d, 12w or 1y; else never.")
    ] = None,
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
) -> None:
    """Make an API token and print it, this once: the store keeps only a hash of it."""
    lifetime = _read_lifetime(expires)

    def make(w: Writer) -> credentials.Made:
        until = w.now + lifetime if lifetime is not None else None
        return credentials.make_token(
            w, user, name=name, scopes=scope or ["read"], expires_at=until
        )

    made = _with_store(context, lambda store: _write(store, make))
    tell(f"token {made.credential.id} of {user}: {', '.join(made.credential.scopes)}")
    typer.echo(made.secret)


@token.command("list")
def list_tokens(
    context: typer.Context,
    user: Annotated[str | None, typer.Option(help="Only his.")] = None,
) -> None:
    """Show the API tokens that there are, never their secrets."""

    def read(r: Reader) -> list[Credential]:
        return credentials.credentials_of(r, user, kind=CredentialKind.TOKEN)

    table = Table(box=None, pad_edge=False)
    for column in ("id", "user", "name", "scopes", "made", "expires", "last used"):
        table.add_column(column, overflow="fold")
    for one in _with_store(context, lambda store: store.read(read)):
        moments = (one.created_at, one.expires_at, one.last_used_at)
        shown = [f"{at:%Y-%m-%d %H:%M}Z" if at is not None else "never" for at in moments]
        table.add_row(str(one.id), one.user, one.name, " ".join(one.scopes), *shown)
    Console(file=sys.stdout, highlight=False, markup=False).print(table)


@token.command("revoke")
def revoke_token(
    context: typer.Context, token_id: Annotated[int, typer.Argument(metavar="ID")]
) -> None:
    """End an API token: whoever uses it is a stranger from now on."""
    ended = _with_store(
        context, lambda store: _write(store, lambda w: credentials.revoke(w, token_id))
    )
    typer.echo(f"token {ended.id} of {ended.user} ({ended.name}) is revoked")


def _with_store(context: typer.Context, run: Callable[[Store], Awaitable[T]]) -> T:
    config = config_of(context)

    async def opened() -> T:
        async with existing_store(config) as store:
            return await run(store)

    return asyncio.run(opened())


async def _write(store: Store, unit: Callable[[Writer], T]) -> T:
    def run(writer: Writer) -> T:
        writer.by = _BY
        return unit(writer)

    return await store.write(run)


async def _check(store: Store, password: str, name: str) -> None:
    settings = await store.read(lambda r: r.settings(credentials.AccessSettings))
    weakness = passwords.find_weakness(password, least=settings.password_length, user=name)
    if weakness is not None:
        raise PbxBridgeError(f"the password {weakness}")


def _ask_password() -> str:
    if sys.stdin.isatty():
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


def _read_lifetime(text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = _DAYS.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise typer.BadParameter(f"{text!r}: expected 90d, 12w or 1y", param_hint="--expires")
    return timedelta(days=int(found[1]) * _UNITS[found[2]])
