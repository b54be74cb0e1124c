"""Every kind of rule, through a real store, into a bundle and judged again from it."""

import pytest

from domain.rule import RuleKind
from exports.bundle.checking import Outcome, check_bundle
from exports.bundle.making import make_bundle
from scripts.rule_pictures.catalogue import CASES
from storage.store import Store
from tests.support.stored_worlds import alert_of, store_side


@pytest.mark.parametrize("kind", CASES)
async def test_an_alert_of_every_kind_is_found_again_from_its_bundle(store: Store, kind: RuleKind):
    await store_side(store, CASES[kind]().flagged)
    alert = await alert_of(store, kind)
    exhibit = await store.exhibit(alert.id)
    assert exhibit is not None
    bundle = make_bundle(exhibit, "zh")
    verdict = check_bundle(bundle.content)
    assert (verdict.outcome, verdict.reasons) == (Outcome.VERIFIED, ())
    assert (verdict.alert_id, verdict.rule, verdict.number) == (str(alert.id), kind, bundle.number)
    assert make_bundle(exhibit, "zh").content == bundle.content
