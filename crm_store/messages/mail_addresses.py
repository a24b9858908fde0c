"""Addresses that mail is sent to."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email


def read_address(text: str) -> str:
    """The address that a text holds, in one way of writing it: ``Ada@MÜNCHEN.example`` has its
    domain in small letters, and stays readable.

    Nobody is asked whether the domain is there. Raises ValueError, in words, for a text that is
    no address.
    """
    try:
        found = validate_email(
            text.strip(), check_deliverability=False, test_environment=True, strict=True
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return str(found.normalized)


def address_key(address: str) -> str:
    """What two ways of writing one address have in common: nobody tells ADA@ from ada@."""
    return address.casefold()
