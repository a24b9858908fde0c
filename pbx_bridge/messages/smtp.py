"""Handing mail to a server: one connection, kept while there is mail; its answers in words."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Literal

import aiosmtplib
from aiosmtplib import SMTP

_PORTS: Final = {"none": 25, "starttls": 587, "tls": 465}
Tls = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """The server that takes our mail. ``ca_file`` holds the certificates it is believed by."""

    host: str
    port: int | None = None
    tls: Tls = "starttls"
    user: str | None = None
    password: str = ""
    ca_file: Path | None = None
    timeout_seconds: float = 30.0


class Refused(Exception):  # noqa: N818 - what became of the mail
    """A mail was not taken. ``is_final``: asking again would be answered in the same way."""

    def __init__(self, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


class SmtpLine:
    """A connection to the server, opened when there is something to send."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._client: SMTP | None = None

    async def send(self, message: EmailMessage) -> None:
        """Hand over a message; Refused, with the server's words, when it is not taken.

        A refusal of the message or of whom it is for is final where the server says so (5xx). One
        of ourselves (our password, our address) is not: it is the administrator's to mend.
        """
        try:
            if self._client is None:
                self._client = await self._connect()
            await self._client.send_message(message)
        except aiosmtplib.SMTPNotSupported as error:
            self.drop()
            what = f"the server takes no internationalised addresses (SMTPUTF8): {error.message}"
            raise Refused(what, is_final=True) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            self.drop()
            first = error.recipients[0]
            said = _words(first.code, first.message)
            raise Refused(said, is_final=first.code >= 500) from None
        except (
            aiosmtplib.SMTPAuthenticationError,
            aiosmtplib.SMTPSenderRefused,
            aiosmtplib.SMTPHeloError,
            aiosmtplib.SMTPConnectResponseError,
        ) as error:
            self.drop()
            raise Refused(_words(error.code, error.message), is_final=False) from None
        except aiosmtplib.SMTPResponseException as error:
            self.drop()
            is_final = error.code >= 500
            raise Refused(_words(error.code, error.message), is_final=is_final) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ssl.SSLError) as error:
            self.drop()
            raise Refused(str(error) or type(error).__name__, is_final=False) from None
        except BaseException:
            self.drop()
            raise

    async def hang_up(self) -> None:
        """Say goodbye, where there is a connection.

        aiosmtplib waits with ``asyncio.wait_for``, which until Python 3.12 loses a cancellation
        that comes with the answer: who is told to end must end all the same.
        """
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            try:
                await client.quit(timeout=5)
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                client.close()
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError

    def drop(self) -> None:
        """Let go of the connection without a word."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def _connect(self) -> SMTP:
        server = self._server
        context = None
        if server.tls != "none" and server.ca_file is not None:
            context = ssl.create_default_context(cafile=str(server.ca_file))
        client = SMTP(
            hostname=server.host,
            port=server.port or _PORTS[server.tls],
            username=server.user,
            password=server.password if server.user else None,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=context,
            timeout=server.timeout_seconds,
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client


def _words(code: int, message: str) -> str:
    return f"{code} {message}"[:1_000]
