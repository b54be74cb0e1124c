"""Laws of the registry check: no document makes it raise, and it names places that exist."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from domain.registry import Registry, check
from tests.domain.full_registry import encoded, full_document, steps

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "Z1",
            "Z2",
            "V1",
            "T0001",
            "mon",
            "22:00",
            "24:00",
            "2026-11-16",
            "Point",
            "Polygon",
            "no_go",
            "",
            -0.0,
        ]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


def places(node, path=()):
    """Every place below the top of a document."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in pairs:
        yield (*path, step)
        yield from places(value, (*path, step))


PLACES = list(places(full_document()))


def parent_of(document, place):
    """What holds a place; None if an earlier change took it away."""
    node = document
    for step in place[:-1]:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return None
    has = (
        place[-1] in node
        if isinstance(node, dict)
        else isinstance(node, list) and place[-1] in range(len(node))
    )
    return node if has else None


def exists(document, path):
    """Tell whether a path, or at least what would hold it, is in the document."""
    node = document
    *way, _ = [None, *steps(path.removeprefix("$"))]
    for step in way[1:]:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PLACES),
            st.sampled_from(["remove", "replace", "double", "take"]),
            JSON_VALUES,
            st.sampled_from(PLACES),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_change_of_a_document_gives_a_registry_or_problems_at_places_that_exist(changes):
    document = full_document()
    for place, act, value, other in changes:
        parent = parent_of(document, place)
        if parent is None:
            continue
        if act == "remove":
            del parent[place[-1]]
        elif act == "replace":
            parent[place[-1]] = value
        elif act == "double" and isinstance(parent, list):
            parent.append(json.loads(json.dumps(parent[place[-1]])))
        elif act == "take" and (source := parent_of(document, other)) is not None:
            parent[place[-1]] = json.loads(json.dumps(source[other[-1]]))
    found = check(encoded(document))
    if isinstance(found, Registry):
        return
    assert found
    for problem in found:
        assert problem.path == "$" or exists(document, problem.path), problem
        assert str(problem.message)


@given(JSON_VALUES)
def test_any_json_gives_a_registry_or_problems(value):
    found = check(encoded(value))
    assert isinstance(found, Registry) or found


@given(st.binary(max_size=60))
def test_any_bytes_give_a_registry_or_problems(document):
    found = check(document)
    assert isinstance(found, Registry) or found


@given(st.lists(st.tuples(st.floats(), st.floats()), max_size=8), st.data())
def test_any_ring_is_read_or_a_problem(points, data):
    ring = [[lon, lat] for lon, lat in points if math.isfinite(lon) and math.isfinite(lat)]
    closed = [*ring, *ring[:1]] if data.draw(st.booleans()) else ring
    document = full_document()
    document["zones"][0]["geometry"]["coordinates"] = [closed]
    found = check(encoded(document))
    if isinstance(found, list):
        assert all(problem.path.startswith("$.zones[0].geometry.coordinates") for problem in found)
    else:
        assert len(set(found.zones[0].shape.polygons[0][0])) >= 3


def test_the_same_document_gives_the_same_problems():
    document = full_document()
    document["zones"][0]["kind"] = document["rules"][0]["kind"] = "nonsense"
    assert check(encoded(document)) == check(encoded(document))
