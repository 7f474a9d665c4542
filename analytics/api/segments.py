"""/api/v1/segments: questions about customers that are asked all the time, their answers, and why."""

from __future__ import annotations

from typing import Annotated, Any

from drf_spectacular.utils import extend_schema
from pydantic import AwareDatetime, Field

from analytics.actions.segments import archive_segment, change_segment, create_segment, restore_segment
from analytics.api.shapes import CustomerBrief, Input, Shape
from analytics.frames.segment_documents import read_tree, tree_schema, write_tree
from analytics.models import Segment
from analytics.queries.membership import Checked, count_tree, explain_membership, is_member, members_of
from analytics.queries.segment_checks import check_tree
from analytics.queries.segment_words import tree_in_words
from analytics.queries.segments import get_segment, segments_of, tree_of
from customers.models import Customer
from customers.queries import get_customer
from merchants.frames.cursors import cursor_page
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.openapi import query_parameters
from merchants.frames.public_ids import public_id, read_public_id
from merchants.models import Merchant
from merchants.roles import Scope

_TAGS = ["Segments"]
Tree = Annotated[
    dict[str, Any],
    Field(
        description="Conditions joined by `all`, `any` and `not`; every node says its `kind`. `GET /segments/schema` "
        "gives the JSON Schema. Faults point into it: `/tree/of/0/at_least`.",
        examples=[{"kind": "orders", "measure": "count", "at_least": 3, "window": {"last_days": 90}}],
    ),
]


class SegmentInput(Input):
    name: Annotated[str, Field(min_length=1, max_length=40)]
    tree: Tree
    code: (
        Annotated[str, Field(min_length=1, max_length=60, description="Never changes; made from the name when absent.")]
        | None
    ) = None
    description: Annotated[str, Field(max_length=300)] = ""
    note: Annotated[str, Field(max_length=300, description="Stands beside the version.")] = ""


class SegmentChanges(Input):
    """What is absent stays. Another tree is a new version."""

    name: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    tree: Tree | None = None
    description: Annotated[str, Field(max_length=300)] | None = None
    note: Annotated[str, Field(max_length=300)] = ""
    archived: bool | None = Field(None, description="true: nobody enters or leaves any more; its tag is taken off.")


class SegmentShape(Shape):
    """`members` and `reachable` are as of `counted_at`; while `is_filled` is false they are of the version before."""

    id: str = Field(examples=["seg_Kc2vN8xT5s"])
    code: str
    name: str
    description: str
    version: int
    is_filled: bool
    members: int
    reachable: int = Field(description="Members who agreed to offers on a channel for which there is an address.")
    counted_at: AwareDatetime | None
    archived_at: AwareDatetime | None
    tree: dict[str, Any]
    sentence: str = Field(description="The tree in words, in the language of Accept-Language.")


class SegmentPage(Shape):
    data: list[SegmentShape]
    has_more: bool
    next_cursor: str | None


class SegmentQuery(Shape):
    archived: bool = Field(False, description="Those that are archived instead of those in use.")
    limit: int = Field(25, ge=1, le=100)
    cursor: str = ""


class PageQuery(Shape):
    limit: int = Field(25, ge=1, le=100)
    cursor: str = ""


class MemberShape(CustomerBrief):
    entered_at: AwareDatetime


class MemberPage(Shape):
    data: list[MemberShape]
    has_more: bool
    next_cursor: str | None


class CountInput(Input):
    tree: Tree


class CountShape(Shape):
    customers: int = Field(description="All customers that are not archived.")
    members: int
    reachable: int
    sentence: str


class CheckedShape(Shape):
    """One condition put to one customer; `found` says what they have there. `parts` of all, any and not."""

    kind: str
    holds: bool
    sentence: str
    found: str
    parts: list[CheckedShape]


class MembershipShape(Shape):
    """`is_member`: as written down. `holds`: as the conditions are right now; the two agree within seconds."""

    customer_id: str
    is_member: bool
    holds: bool
    why: CheckedShape


class SegmentList(Endpoint):
    scopes = {"GET": Scope.INSIGHT_READ, "POST": Scope.INSIGHT_WRITE}

    @extend_schema(
        operation_id="segments_list", summary="List segments", tags=_TAGS,
        parameters=query_parameters(SegmentQuery), responses={200: SegmentPage},
    )  # fmt: skip
    def get(self, request: ApiRequest) -> Answer:
        query = self.query(SegmentQuery)
        rows = segments_of(request.merchant, archived=query.archived)
        return Answer(cursor_page(request, rows, order=["name", "id"], present=_present))

    @extend_schema(
        operation_id="segments_create", summary="Create a segment",
        description="Its members are filled in by a worker within seconds (`is_filled`).",
        tags=_TAGS, request=SegmentInput, responses={201: SegmentShape},
    )  # fmt: skip
    def post(self, request: ApiRequest) -> Answer:
        body = self.body(SegmentInput)
        segment = create_segment(
            request.merchant, name=body.name, tree=read_tree(body.tree), code=body.code, description=body.description,
            note=body.note, by=request.actor,
        )  # fmt: skip
        return Answer(_present(segment), status=201)


class SegmentSchema(Endpoint):
    scopes = {"GET": Scope.INSIGHT_READ}

    @extend_schema(
        operation_id="segments_schema", summary="JSON Schema of a segment's tree", tags=_TAGS,
        responses={200: {"type": "object", "additionalProperties": True}},
    )  # fmt: skip
    def get(self, request: ApiRequest) -> Answer:
        return Answer(tree_schema())


class SegmentCount(Endpoint):
    scopes = {"POST": Scope.INSIGHT_READ}

    @extend_schema(
        operation_id="segments_count", summary="Whom a tree means now", description="Nothing is kept.", tags=_TAGS,
        request=CountInput, responses={200: CountShape},
    )  # fmt: skip
    def post(self, request: ApiRequest) -> Answer:
        tree = read_tree(self.body(CountInput).tree)
        check_tree(request.merchant, tree)
        counts = count_tree(request.merchant, tree)
        return Answer(
            {
                "customers": counts.customers, "members": counts.members, "reachable": counts.reachable,
                "sentence": tree_in_words(request.merchant, tree),
            }
        )  # fmt: skip


class SegmentDetail(Endpoint):
    scopes = {"GET": Scope.INSIGHT_READ, "PATCH": Scope.INSIGHT_WRITE}

    @extend_schema(operation_id="segments_get", summary="Get a segment", tags=_TAGS, responses={200: SegmentShape})
    def get(self, request: ApiRequest, segment_id: str) -> Answer:
        return Answer(_present(_segment(request.merchant, segment_id)))

    @extend_schema(
        operation_id="segments_change", summary="Change, archive or restore a segment", tags=_TAGS,
        request=SegmentChanges, responses={200: SegmentShape},
    )  # fmt: skip
    def patch(self, request: ApiRequest, segment_id: str) -> Answer:
        segment = _segment(request.merchant, segment_id)
        body = self.body(SegmentChanges)
        if body.archived is False:
            segment = restore_segment(segment, by=request.actor)
        if body.model_fields_set & {"name", "tree", "description"}:
            tree = None if body.tree is None else read_tree(body.tree)
            segment = change_segment(
                segment, tree=tree, name=body.name, description=body.description, note=body.note, by=request.actor
            )
        if body.archived:
            segment = archive_segment(segment, by=request.actor)
        return Answer(_present(segment))


class SegmentMembers(Endpoint):
    scopes = {"GET": Scope.INSIGHT_READ}

    @extend_schema(
        operation_id="segment_members_list", summary="Members of a segment", description="Newest members first.",
        tags=_TAGS, parameters=query_parameters(PageQuery), responses={200: MemberPage},
    )  # fmt: skip
    def get(self, request: ApiRequest, segment_id: str) -> Answer:
        rows = members_of(_segment(request.merchant, segment_id))
        return Answer(cursor_page(request, rows, order=["-entered_at", "-id"], present=_present_member))


class SegmentMembership(Endpoint):
    scopes = {"GET": Scope.INSIGHT_READ}

    @extend_schema(
        operation_id="segment_members_get", summary="Why is a customer in a segment, or not?", tags=_TAGS,
        responses={200: MembershipShape},
    )  # fmt: skip
    def get(self, request: ApiRequest, segment_id: str, customer_id: str) -> Answer:
        segment = _segment(request.merchant, segment_id)
        customer = get_customer(request.merchant, read_public_id("cus", customer_id))
        customer.merchant = request.merchant
        checked = explain_membership(customer, tree_of(segment))
        return Answer(
            {
                "customer_id": customer_id, "is_member": is_member(segment, customer), "holds": checked.holds,
                "why": _present_checked(checked),
            }
        )  # fmt: skip


def _segment(merchant: Merchant, public: str) -> Segment:
    return get_segment(merchant, read_public_id("seg", public))


def _present(segment: Segment) -> dict[str, Any]:
    tree = tree_of(segment)
    return {
        "id": public_id("seg", segment.pk),
        "code": segment.code,
        "name": segment.name,
        "description": segment.description,
        "version": segment.version,
        "is_filled": segment.filled_version == segment.version,
        "members": segment.members,
        "reachable": segment.reachable,
        "counted_at": segment.counted_at,
        "archived_at": segment.archived_at,
        "tree": write_tree(tree),
        "sentence": tree_in_words(segment.merchant, tree),
    }


def _present_member(customer: Customer) -> dict[str, Any]:
    return {
        "id": public_id("cus", customer.pk),
        "number": customer.number,
        "name": customer.name,
        "entered_at": customer.entered_at,  # type: ignore[attr-defined]  # annotated by members_of
    }


def _present_checked(checked: Checked) -> dict[str, Any]:
    return {
        "kind": checked.kind,
        "holds": checked.holds,
        "sentence": checked.sentence,
        "found": checked.found,
        "parts": [_present_checked(part) for part in checked.parts],
    }
