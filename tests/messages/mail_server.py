"""A mail server: aiosmtpd, real SMTP, which takes mail or refuses it as it is told."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope

Say = Callable[[int], str | None]
"""What is answered to the how-manieth DATA (from 1); None takes the mail."""


@dataclass
class MailServer:
    """A server on a port of its own, and what it was handed.

    It has no slots: aiosmtpd looks at every attribute of its handler, and with them Python 3.11.2
    (Debian's) has one that cannot be looked at.
    """

    say: Say = lambda number: None
    refuse_recipient: str | None = None
    refuse_sender: str | None = None
    slow_seconds: float = 0.0
    cut_after_data: int = 0
    """How many connections are cut when the mail is there and before that is said."""
    port: int = 0
    tried: int = 0
    connections: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        password: str | None = None,
        takes_utf8: bool = True,
    ) -> AsyncIterator[Self]:
        """Serve for the length of a block."""
        self = cls()

        def check(_s: Any, _session: Any, _e: Any, _m: str, given: Any) -> AuthResult:
            is_right = given.password.decode() == password
            return AuthResult(success=is_right, handled=False)

        def serve() -> SMTP:
            self.connections += 1
            options: dict[str, Any] = {}
            if password is not None:
                options = {
                    "authenticator": check,
                    "auth_required": True,
                    "auth_require_tls": False,
                }
            return SMTP(
                self,
                enable_SMTPUTF8=takes_utf8,
                tls_context=starttls,
                require_starttls=starttls is not None,
                **options,
            )

        loop = asyncio.get_running_loop()
        server = await loop.create_server(serve, "127.0.0.1", port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    async def handle_MAIL(
        self, _server: Any, _session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_sender is not None:
            return self.refuse_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refuse_recipient is not None:
            self.tried += 1
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Envelope) -> str:
        self.tried += 1
        await asyncio.sleep(self.slow_seconds)
        said = self.say(self.tried)
        if said is not None:
            return said
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(cast(EmailMessage, message_from_bytes(content, policy=default)))
        self.envelopes.append(envelope)
        if self.cut_after_data:
            self.cut_after_data -= 1
            server.transport.abort()
        return "250 taken"


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate for localhost, as a server uses it and as a client believes it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate
