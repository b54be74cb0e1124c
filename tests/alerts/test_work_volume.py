"""A permit against its declared volume: when it is under-declared, whatever was hauled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.work_volume import FULL_LOAD_MARGIN, Volume

amounts_t = st.floats(0, 1e6)
declared_t = st.one_of(st.none(), st.floats(0.1, 1e6))
volumes = st.builds(
    Volume, declared_t=declared_t, hauled_t=amounts_t, rated_t=amounts_t, trips=st.integers(0, 1000)
)


@pytest.mark.parametrize(
    ("declared", "hauled", "rated", "doubted"),
    [
        (40, 40, 40, False),
        (40, 40.01, 0, True),
        (40, 0, 48, False),
        (40, 0, 48.01, True),
        (40, 0, 0, False),
        (None, 1e6, 1e6, False),
    ],
    ids=["as declared", "more weighed", "a fifth more at full load", "over a fifth", "nothing", "undeclared"],
)
def test_a_permit_is_under_declared_by_what_was_hauled_or_by_full_loads(declared, hauled, rated, doubted):
    found = Volume(declared_t=declared, hauled_t=hauled, rated_t=rated)
    assert found.is_under_declared is doubted


@given(volumes, amounts_t, amounts_t)
def test_more_hauled_never_clears_a_permit(volume, more_t, more_rated_t):
    after = replace(volume, hauled_t=volume.hauled_t + more_t, rated_t=volume.rated_t + more_rated_t)
    assert after.is_under_declared or not volume.is_under_declared


@given(volumes, st.floats(1, 1e6))
def test_more_declared_never_accuses_one(volume, more_t):
    declared = None if volume.declared_t is None else volume.declared_t + more_t
    assert volume.is_under_declared or not replace(volume, declared_t=declared).is_under_declared


@given(volumes)
def test_what_weighs_in_above_its_declaration_is_always_doubted(volume):
    if volume.share is not None and volume.share > 1:
        assert volume.is_under_declared


@given(volumes)
def test_without_a_declaration_there_is_no_share_and_no_doubt(volume):
    undeclared = replace(volume, declared_t=None)
    assert (undeclared.share, undeclared.is_under_declared) == (None, False)


@given(st.floats(0.1, 1e6), st.floats(0, 1))
def test_full_loads_within_the_margin_raise_no_doubt_alone(declared, part):
    rated_t = declared * (1 + part * (FULL_LOAD_MARGIN - 1)) * 0.999
    assert not Volume(declared_t=declared, hauled_t=declared, rated_t=rated_t).is_under_declared
