"""A frame's segment: text ↔ its fields, as they stand (HJ 212-2017, 6.3.2).

What the fields mean is read elsewhere; here only their order, spelling and gaps are forgiven. Any field may
be missing. The content, CP, is groups between `;` of pairs between `,`, kept as written.
"""

import re

from msgspec import Struct, structs

from protocols.hj212.error import Hj212Error

Pair = tuple[str, str]
Group = tuple[Pair, ...]

_HEAD = ("QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO")
_NAMES = {name.upper(): name for name in _HEAD}
_CONTENT = re.compile(rb"CP=&&")
_PLAIN = re.compile(rb"&&$|$|[;,\s]*[A-Za-z][\w-]{0,30}=[^=&;,]")
VERSION_2025 = 2
ENCRYPTED_COMMANDS = frozenset({"1014", "3020", *(str(command) for command in range(2000, 3000))})
"""Commands whose content HJ 212-2025 encrypts (SM4)."""


class Flag(Struct, frozen=True):
    """The segment's flag: six bits of version, one for numbered packets, one for an answer wanted."""

    bits: int

    @property
    def version(self) -> int:
        """0 the form of 2005, 1 of 2017, 2 of 2025."""
        return self.bits >> 2

    @property
    def is_numbered(self) -> bool:
        """The message has packets: PNUM and PNO say which."""
        return bool(self.bits & 2)

    @property
    def wants_answer(self) -> bool:
        """The sender waits for an answer."""
        return bool(self.bits & 1)


class Segment(Struct, frozen=True, kw_only=True):
    """The fields of one segment; None where there is none.

    `qn` request number, `st` system, `cn` command, `pw` password, `mn` the monitor's own name; `others` are
    fields that the standard does not know; `has_cp` is False where there is no content at all.
    """

    qn: str | None = None
    st: str | None = None
    cn: str | None = None
    pw: str | None = None
    mn: str | None = None
    flag: Flag | None = None
    pnum: int | None = None
    pno: int | None = None
    others: Group = ()
    cp: tuple[Group, ...] = ()
    has_cp: bool = True

    @property
    def wants_answer(self) -> bool:
        """The sender has said that it waits for an answer."""
        return self.flag is not None and self.flag.wants_answer


def encode_segment(segment: Segment) -> bytes:
    """Write a segment, its fields in the standard's order."""
    flag = None if segment.flag is None else segment.flag.bits
    values = (segment.qn, segment.st, segment.cn, segment.pw, segment.mn, flag, segment.pnum, segment.pno)
    head = [f"{name}={value}" for name, value in zip(_HEAD, values, strict=True) if value is not None]
    head += [f"{name}={value}" for name, value in segment.others]
    if not segment.has_cp:
        return (";".join(head) + "&&").encode()
    content = ";".join(",".join(f"{name}={value}" for name, value in group) for group in segment.cp)
    return ";".join([*head, f"CP=&&{content}&&"]).encode()


def decode_segment(segment: bytes) -> Segment:
    """Read a segment; raises Hj212Error (`encrypted`, `bad_text`, `bad_field`)."""
    head, content = decode_head(segment), _CONTENT.split(segment, 1)[1:]
    if not content:
        return head
    if _is_encrypted(head, content[0]):
        raise Hj212Error("encrypted", f"the content of command {head.cn} is encrypted")
    groups = (_pairs(text, ",") for text in _text(content[0]).removesuffix("&&").split(";"))
    return structs.replace(head, cp=tuple(group for group in groups if group))


def decode_head(segment: bytes) -> Segment:
    """Read what stands before the content alone; raises Hj212Error (`bad_text`, `bad_field`)."""
    before, *content = _CONTENT.split(segment, 1)
    known: dict[str, str] = {}
    others: list[Pair] = []
    for name, value in _pairs(_text(before).removesuffix("&&"), ";"):
        place = _NAMES.get(name.upper())
        if place is None:
            others.append((name, value))
        elif place in known:
            raise Hj212Error("bad_field", f"{name} stands twice")
        elif value:
            known[place] = value
    flag = _number(known, "Flag", 0xFF)
    return Segment(
        qn=known.get("QN"),
        st=known.get("ST"),
        cn=known.get("CN"),
        pw=known.get("PW"),
        mn=known.get("MN"),
        flag=None if flag is None else Flag(flag),
        pnum=_number(known, "PNUM", 9999),
        pno=_number(known, "PNO", 9999),
        others=tuple(others),
        has_cp=bool(content),
    )


def _pairs(text: str, between: str) -> Group:
    """Names with their values; a name without a value has an empty one."""
    pieces = (piece.partition("=") for piece in text.split(between))
    return tuple((name.strip(), value.strip()) for name, _, value in pieces if name.strip())


def _number(known: dict[str, str], name: str, highest: int) -> int | None:
    text = known.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= highest):
        raise Hj212Error("bad_field", f"{name} is no number up to {highest}: {text[:40]!r}")
    return int(text)


def _text(data: bytes) -> str:
    """UTF-8 (HJ 212-2025), else the Chinese of older devices."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Hj212Error("bad_text", "neither UTF-8 nor GB 18030")


def _is_encrypted(head: Segment, content: bytes) -> bool:
    """Whether the form of 2025 hides this content: pairs would begin with a name and a value."""
    is_of_2025 = head.flag is not None and head.flag.version == VERSION_2025
    return is_of_2025 and head.cn in ENCRYPTED_COMMANDS and not _PLAIN.match(content)
