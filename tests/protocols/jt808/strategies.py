"""Generators of JT/T 808 messages: everything that the wire can carry and bring back."""

from hypothesis import strategies as st

from protocols.jt808 import answers, batch, items, location, parameters, sign_on
from protocols.jt808.header import Header, PartOf
from protocols.jt808.version import Version

versions = st.sampled_from(Version)
words = st.integers(0, 0xFFFF)
dwords = st.integers(0, 0xFFFF_FFFF)
# Whole seconds of the years 2000 to 2099 in Beijing.
times_ms = st.integers(946_656_000, 4_102_415_999).map(lambda second: second * 1000)


def texts(most_bytes: int) -> st.SearchStrategy[str]:
    """Texts that GBK holds, without padding at their ends."""
    alphabet = st.characters(codec="gbk", exclude_categories=["Cc", "Cs"])
    stripped = st.text(alphabet, max_size=most_bytes).map(str.strip)
    return stripped.filter(lambda text: len(text.encode("gbk")) <= most_bytes)


phones = st.integers(1, 10**12 - 1).map(str)


@st.composite
def headers(draw: st.DrawFn) -> Header:
    version = draw(st.sampled_from([Version.V2013, Version.V2019]))
    is_2019 = version is Version.V2019
    total = draw(st.integers(1, 0xFFFF))
    return Header(
        message_id=draw(words),
        phone=str(draw(st.integers(0, 10**version.phone_digits - 1))),
        serial=draw(words),
        version=version,
        part=draw(
            st.none() | st.builds(PartOf, total=st.just(total), index=st.integers(1, total)),
        ),
        encryption=draw(st.integers(0, 7)),
        protocol_version=draw(st.integers(0, 255)) if is_2019 else 1,
    )


raw_items = st.builds(location.Item, id=st.integers(0, 255), value=st.binary(max_size=255))


@st.composite
def tails(draw: st.DrawFn) -> bytes:
    """What no whole item can be read from."""
    kept = draw(st.binary(max_size=20))
    length = draw(st.integers(len(kept) + 1, 255))
    return draw(st.sampled_from([b"", bytes((draw(st.integers(0, 255)),)), bytes((1, length)) + kept]))


locations = st.builds(
    location.Location,
    alarm=dwords,
    status=dwords,
    latitude_udeg=dwords,
    longitude_udeg=dwords,
    altitude_m=words,
    speed_kmh=words.map(lambda tenths: tenths / 10),
    direction_deg=words,
    time_ms=times_ms,
    items=st.lists(raw_items, max_size=5).map(tuple),
    tail=tails(),
)
results = st.sampled_from(answers.Result)
indices = st.lists(words, max_size=255).map(tuple)
raw_parameters = st.lists(
    st.builds(parameters.Parameter, id=dwords, value=st.binary(max_size=255)), max_size=6
).map(tuple)

_LENGTHS = {Version.V2011: (5, 8, 7), Version.V2013: (5, 20, 7), Version.V2019: (11, 30, 30)}


def messages(version: Version) -> dict[int, st.SearchStrategy[object]]:
    """Every message by its id, with all that this edition can carry."""
    maker, model, terminal_id = _LENGTHS[version]
    return {
        0x0001: st.builds(answers.TerminalAnswer, answered_serial=words, answered_id=words, result=results),
        0x0002: st.builds(sign_on.Heartbeat),
        0x0003: st.builds(sign_on.LogOut),
        0x0004: st.builds(sign_on.AskTime),
        0x0005: st.builds(answers.TerminalAsksParts, first_serial=words, indices=indices),
        0x0100: st.builds(
            sign_on.Register,
            province=words,
            county=words,
            maker=texts(maker),
            model=texts(model),
            terminal_id=texts(terminal_id),
            plate_color=st.integers(0, 255),
            plate=texts(11 if version is Version.V2011 else 17),
        ),
        0x0102: _authentications(version),
        0x0104: st.builds(parameters.Parameters, answered_serial=words, parameters=raw_parameters),
        0x0200: locations,
        0x0201: st.builds(location.LocationAnswer, answered_serial=words, location=locations),
        0x0704: st.builds(
            batch.Batch,
            kind=st.integers(0, 255),
            stated_count=words,
            locations=st.lists(locations, max_size=4).map(tuple),
        ),
        0x8001: st.builds(answers.PlatformAnswer, answered_serial=words, answered_id=words, result=results),
        0x8003: st.builds(answers.PlatformAsksParts, first_serial=words, indices=indices),
        0x8004: st.builds(sign_on.ServerTime, time_ms=times_ms),
        0x8100: st.builds(
            sign_on.RegisterAnswer,
            answered_serial=words,
            result=st.sampled_from(sign_on.RegisterResult),
            code=texts(50),
        ),
        0x8103: st.builds(parameters.SetParameters, parameters=raw_parameters),
        0x8104: st.builds(parameters.AskParameters),
        0x8201: st.builds(location.AskLocation),
    }


def _authentications(version: Version) -> st.SearchStrategy[sign_on.Authenticate]:
    if version is not Version.V2019:
        return st.builds(sign_on.Authenticate, code=texts(60))
    return st.builds(sign_on.Authenticate, code=texts(60), imei=texts(15), software=texts(20))


item_values: dict[int, st.SearchStrategy[object]] = {
    0x01: dwords.map(lambda tenths: tenths / 10),
    0x02: words.map(lambda tenths: tenths / 10),
    0x03: words.map(lambda tenths: tenths / 10),
    0x04: words,
    0x05: st.lists(st.none() | st.integers(0, 254), min_size=30, max_size=30).map(tuple),
    0x06: st.integers(-273, 0x7FFF),
    0x11: st.builds(items.Overspeed, kind=st.integers(0, 255), area_id=st.none() | dwords),
    0x12: st.builds(items.Crossing, kind=st.integers(0, 255), area_id=dwords, direction=st.integers(0, 255)),
    0x13: st.builds(items.Segment, segment_id=dwords, time_s=words, result=st.integers(0, 255)),
    0x14: dwords,
    0x15: dwords,
    0x16: dwords,
    0x17: words,
    0x18: st.builds(items.Behaviour, bits=words, fatigue=st.integers(0, 255)),
    0x25: dwords,
    0x2A: words,
    0x2B: st.tuples(words, words),
    0x30: st.integers(0, 255),
    0x31: st.integers(0, 255),
}
