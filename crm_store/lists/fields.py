"""The fields that a list can fill, and the words that heads of columns use for them."""

from __future__ import annotations

from crm_store.records import PersonType

_PERSON: dict[str, str] = {
    "name": "full name, contact name, customer, customer name, person, prospect, display name",
    "first_name": "first, given name, forename, christian name, firstname",
    "last_name": "last, surname, family name, lastname",
    "phone": "phone number, phone numbers, telephone, tel, number, numbers, phone 1, phone 2,"
    " contact number, contact phone, primary phone, other phone, telephone number, ph, call",
    "phone.mobile": "mobile, mobile phone, cell, cell phone, handy, mobile number, cellphone",
    "phone.work": "work phone, office phone, business phone, direct, direct line, landline,"
    " company phone, office, main phone",
    "phone.home": "home phone, private phone, home number, home telephone",
    "phone.fax": "fax, fax number, telefax",
    "email": "e-mail, mail, email address, e-mail address, mail address, contact email",
    "website": "web site, url, web, homepage, web page, site",
    "street": "address, street address, address 1, address line 1, address line, street 1",
    "postal_code": "zip, zip code, postcode, post code, plz, zip postal code, postal",
    "city": "town, suburb, place, locality, mailing city",
    "region": "state, province, county, state province, mailing state",
    "country": "country code, nation, land, mailing country",
    "comment": "comments, note, notes, remark, remarks, description, memo",
    "key": "id, external id, customer id, customer number, customer no, record id, reference,"
    " account number, crm id, contact id, lead id, external key",
    "owner": "sales rep, salesperson, account manager, lead owner, contact owner, agent",
    "owner_group": "group, sales team, owner team, department",
    "campaign": "campaign name, advertisement",
    "source": "lead source, origin source, channel, referrer, how heard",
}
_LEAD: dict[str, str] = {
    "company": "company name, organisation, organization, employer, firm, business, account,"
    " account name, business name",
    "title": "job title, position, role, job, function",
    "employees": "employee count, company size, number of employees, staff, size, headcount",
    "status": "lead status",
    "type": "lead type",
    "category": "lead category, segment",
    "priority": "urgency",
    "importance": "importance level",
    "probability": "chance, probability to win, likelihood, win probability",
    "target_amount": "amount, value, deal value, expected revenue, budget, deal size",
    "currency": "currency code",
    "competitors": "competitor, competition",
    "team": "lead team",
    "products": "product, products of interest, interest, product interest, interested in",
    "medium": "utm medium",
    "keyword": "search term, utm term, search keyword",
    "landing_page": "landing url",
    "click_id": "gclid, click identifier",
    "attributes": "lead attributes",
}
_MORE: dict[PersonType, dict[str, str]] = {
    PersonType.LEAD: _LEAD,
    PersonType.CONTACT: {
        "account": "account name, company, company name, organisation, organization, employer,"
        " firm, business",
        "title": _LEAD["title"],
    },
    PersonType.ACCOUNT: {
        "name": "company, company name, organisation, organization, account, account name, firm,"
        " business, customer, customer name, business name",
        "employees": _LEAD["employees"],
    },
    PersonType.PERSON_ACCOUNT: {},
}
_NOT_OF_A_COMPANY = ("first_name", "last_name")
ID = "id"
"""Our own number of a record: a list that we exported brings its rows back to where they are."""

ATTRIBUTE = "attributes."
PHONE = "phone"
OURS = frozenset({"id", "version", "created_at", "updated_at"})
"""The columns by which a list is known that we exported."""


def synonyms_of(record_type: PersonType) -> dict[str, tuple[str, ...]]:
    """The fields that a list of this type can fill, each with the words for it."""
    fields = _PERSON | _MORE[record_type]
    if record_type is PersonType.ACCOUNT:
        fields = {name: said for name, said in fields.items() if name not in _NOT_OF_A_COMPANY}
    return {
        name: (name.replace("_", " "), *(word.strip() for word in said.split(",")))
        for name, said in fields.items()
    }


def is_field(record_type: PersonType, name: str) -> bool:
    """Whether a column may be mapped to this field."""
    if name == ID or name in synonyms_of(record_type):
        return True
    if name.startswith(f"{PHONE}."):
        return len(name) > len(PHONE) + 1
    is_attribute = name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE)
    return is_attribute and record_type is PersonType.LEAD


def known_fields(record_type: PersonType) -> tuple[str, ...]:
    """Every field that can be named, for a person to choose from."""
    more = (f"{ATTRIBUTE}NAME",) if record_type is PersonType.LEAD else ()
    return (*synonyms_of(record_type), ID, f"{PHONE}.LABEL", *more)
