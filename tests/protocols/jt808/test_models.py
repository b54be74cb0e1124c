"""Models of terminals: what is known of each, and what is wrong with one of a user's own."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.report import Cover, Load
from protocols.jt808.location import LOAD_SHIFT, POSITIONED, Item, Location, located
from protocols.jt808.model import ModelError, TerminalModel, model_of, read_model, ready_made
from protocols.jt808.position import to_position

MODELS = ready_made()
FRONT_DOOR = 1 << 13


def position(
    model: TerminalModel, *, status: int = POSITIONED, alarm: int = 0, items: tuple[Item, ...] = ()
) -> dict[str, object]:
    return to_position(sent(status=status, alarm=alarm, items=items), model)


def sent(*, status: int = POSITIONED, alarm: int = 0, items: tuple[Item, ...] = ()) -> Location:
    return located(time_ms=0, lon=113.0, lat=22.0, status=status, alarm=alarm, items=items)


def test_every_ready_made_model_says_where_it_comes_from():
    assert set(MODELS) == {"generic", "generic-load", "e3-e4", "wuhan-e8", "door-0-open", "simulated"}
    assert all(model.source and model.name for model in MODELS.values())


@pytest.mark.parametrize(
    ("bits", "without_sensor", "with_sensor"),
    [(0b00, None, "empty"), (0b01, "partial", "partial"), (0b10, None, None), (0b11, "full", "full")],
)
def test_load_00_is_empty_only_where_there_is_a_sensor(
    bits: int, without_sensor: str | None, with_sensor: str | None
):
    status = POSITIONED | bits << LOAD_SHIFT
    assert position(MODELS["generic"], status=status).get("load") == without_sensor
    assert position(MODELS["generic-load"], status=status).get("load") == with_sensor


@pytest.mark.parametrize(
    ("value", "cover", "lift"),
    [
        ("00000000", None, None),  # says nothing of what happens inside an allowed area
        ("00000001", "open", None),
        ("00000002", None, True),
        ("00000003", "open", True),
    ],
)
def test_e4_tells_only_what_is_outside_an_allowed_area(value: str, cover: str | None, lift: bool | None):
    told = position(MODELS["e3-e4"], items=(Item(id=0xE4, value=bytes.fromhex(value)),))
    assert (told.get("cover"), told.get("lift"), told["item_e4"]) == (cover, lift, value)


def test_e3_is_an_alarm_while_an_unloading_is_abnormal():
    start_and_end = bytes.fromhex("241119000000241119000500")
    for state, alarms in ((0, []), (1, ["abnormal_unloading"])):
        item = Item(id=0xE3, value=bytes((state,)) + start_and_end)
        assert position(MODELS["e3-e4"], items=(item,))["alarms"] == alarms


def test_the_same_bit_is_open_on_one_terminal_and_closed_on_another():
    for status, wuhan, other in ((0, "closed", "open"), (FRONT_DOOR, "open", "closed")):
        assert position(MODELS["wuhan-e8"], status=POSITIONED | status)["cover"] == wuhan
        assert position(MODELS["door-0-open"], status=POSITIONED | status)["cover"] == other
    assert "cover" not in position(MODELS["generic"], status=POSITIONED | FRONT_DOOR)


def test_the_weight_of_e8_is_kept_raw_for_nobody_knows_its_place():
    told = position(MODELS["wuhan-e8"], items=(Item(id=0xE8, value=b"\1\2\3"),))
    assert told["item_e8"] == "010203"
    assert "weight_t" not in told


def test_an_item_that_is_too_short_leaves_its_signals_unknown():
    told = position(MODELS["simulated"], items=(Item(id=0xF1, value=b"\1"),))
    assert told["cover"] == "closed"
    assert not {"lift", "load", "weight_t"} & told.keys()


def test_an_alarm_bit_means_what_the_model_says():
    assert position(MODELS["generic"], alarm=1 << 17)["alarms"] == []
    assert position(MODELS["simulated"], alarm=1 << 17 | 1)["alarms"] == ["sos", "removed"]
    quiet = model_of(
        {"id": "a", "name": "a", "signals": {"alarms": [{"field": "alarm", "bit": 8, "name": ""}]}}
    )
    assert position(quiet, alarm=1 << 8)["alarms"] == []


@given(
    load=st.none() | st.sampled_from(Load),
    cover=st.none() | st.sampled_from(Cover),
    lift=st.none() | st.booleans(),
    weight_t=st.none() | st.integers(0, 0xFFFE).map(lambda hundredths: hundredths / 100),
)
def test_what_a_simulated_terminal_is_told_to_say_it_says(
    load: Load | None, cover: Cover | None, lift: bool | None, weight_t: float | None
):
    model = MODELS["simulated"]
    told = to_position(
        model.with_signals(sent(), load=load, cover=cover, lift=lift, weight_t=weight_t), model
    )
    assert (told.get("load"), told.get("cover"), told.get("lift")) == (load, cover, lift)
    if weight_t is not None:
        assert told["weight_t"] == weight_t


def test_signals_are_written_beside_what_is_there_already():
    model = MODELS["door-0-open"]
    location = model.with_signals(sent(status=POSITIONED | 1), load=Load.FULL, cover=Cover.OPEN)
    assert location.status == POSITIONED | 1 | 0b11 << LOAD_SHIFT
    assert model.with_signals(location, lift=True) == location  # it has no such signal


@pytest.mark.parametrize(
    ("raw", "weight_t"), [("0000", -5.0), ("00FF", 20.5), ("8000", -3281.8), ("FFFF", None)]
)
def test_a_measure_has_scale_zero_sign_and_an_unknown_value(raw: str, weight_t: float | None):
    weight = {
        "item": "0xE8",
        "offset": 1,
        "length": 2,
        "scale": 0.1,
        "add": -5.0,
        "signed": True,
        "unknown": [65535],
    }
    model = model_of({"id": "own", "name": "own", "signals": {"weight_t": weight}})
    told = position(model, items=(Item(id=0xE8, value=b"\0" + bytes.fromhex(raw)),))
    assert told.get("weight_t") == weight_t


def test_toml_json_and_a_registry_s_entry_say_the_same():
    toml = 'id = "own"\nname = "Own"\n[signals.cover]\nitem = 0xE4\nbit = 0\nvalues = { 0 = "closed", 1 = "open" }'
    json = (
        '{"id": "own", "name": "Own",'
        ' "signals": {"cover": {"item": 228, "bit": 0, "values": {"0": "closed", "1": "open"}}}}'
    )
    entry = {
        "id": "own",
        "name": "Own",
        "signals": {"cover": {"item": 228, "bit": 0, "values": {"0": "closed", "1": "open"}}},
    }
    assert read_model(toml) == read_model(json.encode()) == model_of(entry)


@pytest.mark.parametrize(
    ("cover", "message"),
    [
        ('item = 0x1E4\nvalues = { 1 = "open" }', r"255 - at `\$.signals.cover.item`"),
        ('item = "E4"\nvalues = { 1 = "open" }', r"at `\$.signals.cover.item`"),
        ('item = 1\nvalues = { 1 = "opened" }', r"'opened' - at `\$.signals.cover.values"),
        ('values = { 1 = "open" }', r"either `item` or `field`.*\$.signals.cover"),
        ('item = 1\nfield = "status"\nvalues = { 1 = "open" }', "only one of them"),
        (
            'field = "status"\noffset = 1\nvalues = { 1 = "open" }',
            "`offset` and `length` belong to an `item`",
        ),
        ('field = "speed"\nvalues = { 1 = "open" }', r"'speed' - at `\$.signals.cover.field`"),
        ('item = 1\nbit = 8\nvalues = { 1 = "open" }', "bit 8 and width 1 lie outside of 1 bytes"),
        ('item = 1\nwidth = 2\nvalues = { 1 = "open" }', "`width` needs `bit`"),
        ('item = 1\nbit = 0\nvalues = { 2 = "open" }', "names 2, but the place holds 0 to 1"),
        ("item = 1\nvalues = {}", "names no value"),
        ("item = 1", "missing required field `values`"),
        ('item = 1\npolarity = 1\nvalues = { 1 = "open" }', "unknown field `polarity`"),
        ("item =", "Invalid"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_by_field(cover: str, message: str):
    with pytest.raises(ModelError, match=message):
        read_model(f'id = "own"\nname = "Own"\n[signals.cover]\n{cover}\n')


def test_the_model_on_the_wire_page_can_be_read():
    page = (Path(__file__).parents[3] / "docs" / "WIRE.md").read_text(encoding="utf-8")
    example = page[
        page.index('    id = "own-terminal"') : page.index("`haulwatch gateway decode HEX --model FILE`")
    ]
    model = read_model(dedent(example))
    assert model.signals.weight_t is not None
    assert model.signals.weight_t.unknown == (0xFFFF,)


def test_a_scale_of_nothing_and_a_bad_id_are_refused():
    with pytest.raises(ModelError, match="scale"):
        model_of({"id": "a", "name": "a", "signals": {"weight_t": {"item": 1, "scale": 0}}})
    with pytest.raises(ModelError, match=r"\$.id"):
        model_of({"id": "", "name": "a"})
    with pytest.raises(ModelError, match="Expected `object`"):
        model_of([])
