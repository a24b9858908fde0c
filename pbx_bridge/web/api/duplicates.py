"""Who may be on file twice: found, reviewed side by side, merged, parted again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from crm_store.access import roles
from crm_store.access.visibility import sees
from crm_store.kinds import KINDS
from crm_store.matching import duplicates, merging
from crm_store.matching.duplicates import Candidate, Pair, SideBySide
from crm_store.matching.merging import Choice
from crm_store.reader import Reader
from crm_store.records import Merge, PersonType, Ref
from crm_store.writer import Writer
from pbx_bridge.web.api.endpoint import ApiCall, endpoint
from pbx_bridge.web.api.plurals import plural_of, spoken

_TAG = "Duplicates"
_Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
_Score = Annotated[float, Field(ge=0, le=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatesQuery:
    """How sure it has to be (0 to 100), and whether those are wanted that were marked."""

    least: _Score = duplicates.LIKELY
    with_marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Who may be the same, the likeliest first."""

    items: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsQuery:
    """How sure it has to be, and how many pairs."""

    least: _Score = duplicates.LIKELY
    limit: Annotated[int, Field(ge=1, le=500)] = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs that may be one, the likeliest first."""

    items: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherQuery:
    """The other record's id."""

    other: _Id


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeWith:
    """Which record becomes part of this one, and whose value each field has.

    A choice is ``mine`` (this one's), ``theirs``, or of lists and comments ``both``. Without one
    this record's value stays unless it is empty, and lists have both.
    """

    loser: _Id
    choices: Mapping[str, Choice] = field(default_factory=dict)
    version: int | None = None
    loser_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Whether that was news."""

    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MergesQuery:
    """Of one record (both or neither), and those ``before`` the merge with this id."""

    record_type: PersonType | None = None
    record_id: _Id | None = None
    before: _Id | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSummary:
    """Two records that were made one: which, when, by whom, and whether that was undone."""

    id: int
    record_type: PersonType
    winner_id: int
    loser_id: int
    winner_name: str
    loser_name: str
    merged_at: datetime
    merged_by: str | None
    moved: int
    """How many things hung on the loser."""
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merges:
    """Some merges. ``next`` is the ``before`` of the next page; None: there is none."""

    items: tuple[MergeSummary, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """Two records again; ``left`` says what could not be put back, and why."""

    merge: MergeSummary
    left: tuple[str, ...]


def _endpoints_of(record_type: PersonType) -> tuple[Any, ...]:
    """The endpoints of one type of person."""
    kind = KINDS[record_type.value]
    plural, said = plural_of(kind), spoken(kind.name)

    @endpoint(
        "GET",
        f"/{plural}/{{id}}/duplicates",
        query=CandidatesQuery,
        returns=Candidates,
        tag=_TAG,
        summary=f"Find who may be the same {said}",
        name=f"find_{kind.name}_duplicates",
    )
    async def find_candidates(call: ApiCall) -> Candidates:
        """By the same number, the same e-mail, or a similar name and company."""
        query: CandidatesQuery = call.query
        record_id = int(call.path["id"])

        def look(reader: Reader) -> list[Candidate]:
            call.find(reader, kind.name, record_id)
            found = duplicates.candidates_of(
                reader,
                record_type,
                record_id,
                least=query.least,
                with_marked=query.with_marked,
            )
            return [one for one in found if sees(reader, call.user, reader.get(kind.name, one.id))]

        return Candidates(items=tuple(await call.read(look)))

    @endpoint(
        "GET",
        f"/duplicates/{plural}",
        query=PairsQuery,
        returns=Pairs,
        tag=_TAG,
        summary=f"Find pairs of {plural.replace('-', ' ')} that may be one",
        name=f"find_{kind.name}_pairs",
    )
    async def find_pairs(call: ApiCall) -> Pairs:
        """The likeliest pairs of the whole store, without those that were marked as two."""
        query: PairsQuery = call.query

        def look(reader: Reader) -> list[Pair]:
            found = duplicates.top_pairs(reader, record_type, least=query.least, limit=query.limit)
            return [
                pair
                for pair in found
                if all(
                    sees(reader, call.user, reader.get(kind.name, one))
                    for one in (pair.first_id, pair.second_id)
                )
            ]

        return Pairs(items=tuple(await call.read(look)))

    @endpoint(
        "GET",
        f"/{plural}/{{id}}/side-by-side",
        query=OtherQuery,
        returns=SideBySide,
        tag=_TAG,
        summary=f"Review one {said} beside another",
        name=f"review_{kind.name}_pair",
    )
    async def review(call: ApiCall) -> SideBySide:
        """Field by field, what a merge would make of each, and how much hangs on both."""
        query: OtherQuery = call.query
        record_id = int(call.path["id"])

        def look(reader: Reader) -> SideBySide:
            for one in (record_id, query.other):
                call.find(reader, kind.name, one)
            return duplicates.side_by_side(reader, record_type, record_id, query.other)

        return await call.read(look)

    @endpoint(
        "POST",
        f"/{plural}/{{id}}/merge",
        body=MergeWith,
        returns=MergeSummary,
        scope="write",
        tag=_TAG,
        summary=f"Merge another {said} into this one",
        name=f"merge_{kind.name}",
    )
    async def merge_into(call: ApiCall, body: MergeWith) -> MergeSummary:
        """Everything that hangs on the other one hangs on this one afterwards. Can be undone."""
        roles.require(call.user, "change", "merge")
        record_id = int(call.path["id"])

        def run(writer: Writer) -> MergeSummary:
            for one in (record_id, body.loser):
                call.find(writer, kind.name, one)
            done = merging.merge(
                writer,
                record_type,
                record_id,
                body.loser,
                body.choices,
                winner_version=body.version,
                loser_version=body.loser_version,
            )
            return _summary(done)

        return await call.write(run)

    @endpoint(
        "PUT",
        f"/{plural}/{{id}}/not-duplicates/{{other}}",
        path={"other": int},
        returns=Marked,
        scope="write",
        tag=_TAG,
        summary=f"Say that two {plural.replace('-', ' ')} are two",
        name=f"mark_{kind.name}_different",
    )
    async def mark(call: ApiCall) -> Marked:
        """They are shown as duplicates no more."""
        roles.require(call.user, "change", "merge")
        one, other = int(call.path["id"]), int(call.path["other"])

        def run(writer: Writer) -> Marked:
            for each in (one, other):
                call.find(writer, kind.name, each)
            return Marked(is_new=duplicates.mark_different(writer, record_type, one, other))

        return await call.write(run)

    @endpoint(
        "DELETE",
        f"/{plural}/{{id}}/not-duplicates/{{other}}",
        path={"other": int},
        scope="write",
        tag=_TAG,
        summary=f"Forget that two {plural.replace('-', ' ')} are two",
        name=f"unmark_{kind.name}_different",
    )
    async def unmark(call: ApiCall) -> None:
        """They may be shown as duplicates again."""
        roles.require(call.user, "change", "merge")
        one, other = int(call.path["id"]), int(call.path["other"])

        def run(writer: Writer) -> None:
            for each in (one, other):
                call.find(writer, kind.name, each)
            duplicates.unmark_different(writer, record_type, one, other)

        await call.write(run)

    return (find_candidates, find_pairs, review, merge_into, mark, unmark)


@endpoint("GET", "/merges", query=MergesQuery, returns=Merges, tag=_TAG, summary="List merges")
async def list_merges(call: ApiCall) -> Merges:
    """Which records were made one, newest first; those that the user sees."""
    query: MergesQuery = call.query
    about = None
    if query.record_type is not None and query.record_id is not None:
        about = Ref(type=query.record_type, id=query.record_id)

    def look(reader: Reader) -> tuple[list[Merge], int | None]:
        found = merging.list_merges(reader, about=about, before=query.before, limit=query.limit)
        following = found[-1].id if len(found) == query.limit else None
        return [one for one in found if _is_seen(reader, call, one)], following

    found, following = await call.read(look)
    return Merges(items=tuple(_summary(one) for one in found), next=following)


@endpoint(
    "POST",
    "/merges/{id}/undo",
    returns=Parted,
    scope="write",
    tag=_TAG,
    summary="Part two merged records again",
)
async def undo_merge(call: ApiCall) -> Parted:
    """Everything goes back to where it hung, but for what somebody has changed since."""
    roles.require(call.user, "change", "merge")

    def run(writer: Writer) -> Parted:
        found = merging.need_merge(writer, int(call.path["id"]))
        if not _is_seen(writer, call, found):
            call.find(writer, found.record_type.value, found.winner_id)
        undone = merging.undo_merge(writer, found.id)
        return Parted(merge=_summary(undone.merge), left=undone.left)

    return await call.write(run)


def _is_seen(reader: Reader, call: ApiCall, one: Merge) -> bool:
    winner = reader.get(one.record_type.value, one.winner_id)
    return sees(reader, call.user, winner) if winner is not None else True


def _summary(one: Merge) -> MergeSummary:
    return MergeSummary(
        id=one.id,
        record_type=one.record_type,
        winner_id=one.winner_id,
        loser_id=one.loser_id,
        winner_name=one.winner_name,
        loser_name=one.loser_name,
        merged_at=one.merged_at,
        merged_by=one.merged_by,
        moved=len(one.moved),
        undone_at=one.undone_at,
        undone_by=one.undone_by,
    )


ENDPOINTS = (
    *(each for record_type in PersonType for each in _endpoints_of(record_type)),
    list_merges,
    undo_merge,
)
