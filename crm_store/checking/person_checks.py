"""Whether what somebody typed about a person can be: numbers, e-mail, country, money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from crm_store.checking.currencies import CURRENCIES
from crm_store.engines.column_types import AMOUNT_LIMIT
from crm_store.errors import Problem
from crm_store.numbers import to_e164
from crm_store.records import Person, PhoneNumber, ProductInterest

_LONGEST_NUMBER = 100
_MOST_NUMBERS = 100
_STEP = Decimal("0.0001")


def person_problems(person: Person, before: Person | None) -> Iterator[Problem]:
    """What cannot be of what was changed: numbers, e-mail, country."""
    if before is None or person.phone_numbers != before.phone_numbers:
        yield from _number_problems(person.phone_numbers)
    if person.email is not None and (before is None or person.email != before.email):
        try:
            validate_email(person.email, check_deliverability=False)
        except EmailNotValidError as error:
            yield Problem("email", f"is no e-mail address: {error}")
    country = person.country if before is None or person.country != before.country else None
    if country is not None and country not in phonenumbers.SUPPORTED_REGIONS:
        yield Problem("country", "has to be an ISO 3166-1 code of two letters, such as AU")


def _number_problems(numbers: Sequence[PhoneNumber]) -> Iterator[Problem]:
    if len(numbers) > _MOST_NUMBERS:
        yield Problem("phone_numbers", f"are more than {_MOST_NUMBERS}")
        return
    for place, number in enumerate(numbers):
        if not number.raw.strip():
            yield Problem(f"phone_numbers.{place}.raw", "is required")
        elif len(number.raw) > _LONGEST_NUMBER:
            yield Problem(f"phone_numbers.{place}.raw", "is longer than any number")
        if number.e164 is not None and to_e164(number.e164) != number.e164:
            message = "is no E.164 number, such as +61491570006"
            yield Problem(f"phone_numbers.{place}.e164", message)


def money_problems(
    record: Any, before: Any | None, field: str, allowed: Sequence[str]
) -> Iterator[Problem]:
    """What is wrong with an amount and its currency; ``allowed`` are the settings' currencies."""
    amount, currency = getattr(record, field), record.currency
    if amount is not None and (before is None or amount != getattr(before, field)):
        if not amount.is_finite() or not 0 <= amount < AMOUNT_LIMIT:
            yield Problem(field, f"has to be from 0 to below {AMOUNT_LIMIT}")
        elif amount != amount.quantize(_STEP):
            yield Problem(field, "has more than four decimals")
    if currency is None:
        if amount is not None:
            yield Problem("currency", "is required with an amount")
    elif before is None or currency != before.currency:
        if currency not in CURRENCIES:
            yield Problem("currency", f"{currency!r} is no currency of ISO 4217, such as EUR")
        elif allowed and currency not in allowed:
            yield Problem("currency", f"has to be one of: {', '.join(allowed)}")


def probability_problems(probability: int | None) -> Iterator[Problem]:
    """What is wrong with a probability in percent."""
    if probability is not None and not 0 <= probability <= 100:
        yield Problem("probability", "has to be from 0 to 100")


def listing_problems(field: str, values: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with a list of words or names: an empty one, or one that is there twice."""
    if any(not value.strip() for value in values):
        yield Problem(field, "holds one that is empty")
    if len(set(values)) != len(values):
        yield Problem(field, "holds one twice")


def interest_problems(interests: Sequence[ProductInterest]) -> Iterator[Problem]:
    """What is wrong with the products that somebody asked about."""
    yield from listing_problems("products", [each.product for each in interests])
