"""The incoming-call form: what an agent sees of a call, and what he decides about it."""

from __future__ import annotations

from dataclasses import asdict

from crm_store.call_forms import CallFormSettings
from crm_store.errors import VersionConflict
from crm_store.reader import Reader
from crm_store.records import (
    Ref,
)
from crm_store.writer import Writer
from pbx_bridge import call_forms
from pbx_bridge.call_form_steps import Saying
from pbx_bridge.web.api.call_form_shapes import (
    CallForm,
    ChooseCustomer,
    OpenForm,
    OpenForms,
    OpenFormsQuery,
    SavedNumber,
    SaveForm,
    SaveNumber,
)
from pbx_bridge.web.api.call_form_views import (
    books_of,
    calls_up,
    form_of,
    live_calls,
    opened,
    seen_call,
    sees_ref,
    title,
)
from pbx_bridge.web.api.endpoint import ApiCall, endpoint
from pbx_bridge.web.api.versions import as_precondition, wanted_version
from pbx_bridge.web.services import services_of

_PATH = {"call_id": str}


@endpoint(
    "GET",
    "/call-forms",
    query=OpenFormsQuery,
    returns=OpenForms,
    tag="Call forms",
    summary="The forms that are open",
)
async def list_call_forms(call: ApiCall) -> OpenForms:
    """The forms of calls that ring or are up: by default those on the phones of who asks.

    Whether a form opens at the ring or at the answer is a setting (`call_forms`), and another
    one for calls between colleagues.
    """
    query: OpenFormsQuery = call.query
    live = live_calls(call)
    elsewhere = services_of(call.services).elsewhere()

    def read(reader: Reader) -> OpenForms:
        books, settings = books_of(call, reader), reader.settings(CallFormSettings)
        found = []
        for record, parties in calls_up(reader, live, elsewhere):
            seen = opened(call, record, parties, settings, mine=query.mine)
            if seen is None or (not query.mine and not call.sees(reader, record)):
                continue
            state, since = seen
            found.append(
                OpenForm(
                    call_id=record.call_id or "",
                    title=title(reader, record, books),
                    direction=record.direction,
                    state=state,
                    since=since,
                )
            )
        return OpenForms(items=tuple(found))

    return await call.read(read)


@endpoint(
    "GET",
    "/calls/{call_id}/form",
    path=_PATH,
    returns=CallForm,
    tag="Call forms",
    summary="The form of a call",
)
async def read_call_form(call: ApiCall) -> CallForm:
    """What is known of a call and of whom it is about, or the draft of whom it will make."""
    live = live_calls(call)
    return await call.read(
        lambda reader: form_of(call, reader, seen_call(call, reader, live), live)
    )


@endpoint(
    "PUT",
    "/calls/{call_id}/form",
    path=_PATH,
    body=SaveForm,
    returns=CallForm,
    scope="write",
    tag="Call forms",
    summary="Save the form of a call",
)
async def save_call_form(call: ApiCall, body: SaveForm) -> CallForm:
    """Register the call, with comment, tags and result, and put a stranger on file.

    Also while the call is up, and any number of times. What is chosen here wins over the rules
    of call logging.
    """
    said_version = 'send "version" in the body, 0 before the first saving'
    version = wanted_version(call, body.version, said_version)
    given = {name: value for name, value in asdict(body.fields).items() if value is not None}
    said = Saying(
        customer=Ref(type=body.customer.type, id=body.customer.id) if body.customer else None,
        becomes=body.becomes,
        fields=given,
        comment=body.comment,
        tags=body.tags,
        result=body.result,
        status=body.status,
        due_at=body.due_at,
    )

    live = live_calls(call)

    def save(writer: Writer) -> CallForm:
        record = seen_call(call, writer, live)
        if said.customer is not None:
            call.find(writer, said.customer.type, said.customer.id)
        books = books_of(call, writer)
        saved = call_forms.save_form(writer, record.call_id or "", said, books, version=version)
        return form_of(call, writer, saved, live)

    try:
        return await call.write(save)
    except VersionConflict as conflict:
        raise as_precondition(call, conflict) from None


@endpoint(
    "POST",
    "/calls/{call_id}/form/customer",
    path=_PATH,
    body=ChooseCustomer,
    returns=CallForm,
    scope="write",
    tag="Call forms",
    summary="Choose whom a call is about",
)
async def choose_call_customer(call: ApiCall, body: ChooseCustomer) -> CallForm:
    """Put a call down to a customer, with its activity.

    A lead that the call made of its stranger goes, unless somebody has changed it, noted
    anything about it or given it anything to do: then it stays on file, without this call.
    """

    live = live_calls(call)

    def choose(writer: Writer) -> CallForm:
        record = seen_call(call, writer, live)
        call.find(writer, body.type, body.id)
        chosen = call_forms.choose_customer(
            writer,
            record.call_id or "",
            Ref(type=body.type, id=body.id),
            books_of(call, writer),
            version=body.version,
        )
        return form_of(call, writer, chosen, live)

    return await call.write(choose)


@endpoint(
    "POST",
    "/calls/{call_id}/form/number",
    path=_PATH,
    body=SaveNumber,
    returns=SavedNumber,
    scope="write",
    tag="Call forms",
    summary="Save a call's number to its customer",
)
async def save_call_number(call: ApiCall, body: SaveNumber) -> SavedNumber:
    """Give the customer of a call its number; one that he has already is not doubled."""

    live = live_calls(call)

    def save(writer: Writer) -> SavedNumber:
        record = seen_call(call, writer, live)
        saved = call_forms.save_number(
            writer,
            record.call_id or "",
            books_of(call, writer),
            number=body.number,
            label=body.label,
        )
        others = tuple(one for one in saved.others if sees_ref(call, writer, one.ref))
        names = ", ".join(f"{one.name} ({one.type.replace('_', ' ')})" for one in others)
        warning = f"also on file under this number: {names}" if names else None
        return SavedNumber(is_new=saved.is_new, number=saved.number, others=others, warning=warning)

    return await call.write(save)


ENDPOINTS = (
    list_call_forms,
    read_call_form,
    save_call_form,
    choose_call_customer,
    save_call_number,
)
