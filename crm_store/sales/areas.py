"""Where a customer lives, and whose area that is. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import phonenumbers

from crm_store.records import Group, Person


def group_of_area(groups: Iterable[Group], person: Person) -> str | None:
    """The group whose longest area fits a person; None where none does.

    An area is the beginning of an E.164 number (``+612``), a country (``AU``) or a subdivision
    (``AU-NSW``). The country is the person's or, where he has none, his first number's. Of
    areas of one length the group that comes first by name has it. Inactive groups have none.
    """
    country = person.country or _country_of_numbers(person)
    found = [
        (-len(area), group.name)
        for group in groups
        if group.is_active
        for area in group.areas
        if _fits(area, person, country)
    ]
    return min(found)[1] if found else None


def _fits(area: str, person: Person, country: str | None) -> bool:
    if area.startswith("+"):
        return any(each.e164 and each.e164.startswith(area) for each in person.phone_numbers)
    if "-" in area:
        return _region(person.region, country) == area.upper()
    return country is not None and country.upper() == area.upper()


def _region(region: str | None, country: str | None) -> str | None:
    if region is None:
        return None
    region = region.strip().upper()
    return region if "-" in region or country is None else f"{country.upper()}-{region}"


def _country_of_numbers(person: Person) -> str | None:
    for each in person.phone_numbers:
        if each.e164 is None:
            continue
        try:
            number = phonenumbers.parse(each.e164)
        except phonenumbers.NumberParseException:
            continue
        if (region := phonenumbers.region_code_for_number(number)) is not None:
            return str(region)
    return None
