"""People: what a role may do, and the districts that someone may see."""

from enum import StrEnum

from msgspec import Struct

from domain.identifiers import DistrictId


class Role(StrEnum):
    """What someone is in the centre."""

    VIEWER = "viewer"
    DISPATCHER = "dispatcher"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What an act of the service asks for."""

    SEE = "see"
    HANDLE = "handle"
    TUNE = "tune"
    ADMINISTER = "administer"


MAY: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.SEE}),
    Role.DISPATCHER: frozenset({Permission.SEE, Permission.HANDLE}),
    Role.ANALYST: frozenset({Permission.SEE, Permission.TUNE}),
    Role.ADMINISTRATOR: frozenset(Permission),
}


class Scope(Struct, frozen=True):
    """The districts someone may see; None for all of them, and for what lies in none."""

    district_ids: frozenset[DistrictId] | None = None

    def covers(self, district_id: str | None) -> bool:
        """Tell whether something in this district, or in none (None), may be seen."""
        return self.district_ids is None or district_id in self.district_ids

    def narrower(self, other: "Scope") -> "Scope":
        """What both cover."""
        if self.district_ids is None:
            return other
        if other.district_ids is None:
            return self
        return Scope(self.district_ids & other.district_ids)


EVERYTHING = Scope()


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who is signed in, or a token that stands for them."""

    user_id: str
    name: str
    role: Role
    scope: Scope = EVERYTHING

    def may(self, permission: Permission) -> bool:
        """Tell whether the role allows it."""
        return permission in MAY[self.role]
