"""The picture of the rule that spans devices: several trucks at one place that is on no list."""

from typing import Any

from domain.rule import RuleKind
from scripts.rule_pictures.case import Case, Side, Spans
from tests.support.factories import World
from tests.support.tracks import At, chain, drive, stand


def suspected_dump_site() -> Case:
    """One truck tips, two linger loaded: side by side, and with the third standing too far off."""

    def comes(from_s: float, x: float, y: float) -> list[At]:
        return drive(
            (from_s, 350), (from_s + (x - 350) / 5, x), y=y, every=10, v=18.0, load="full", lift=False
        )

    def goes(from_s: float, x: float, y: float, **signals: Any) -> list[At]:
        return drive((from_s, x), (from_s + (850 - x) / 5, 850), y=y, every=10, v=18.0, **signals)

    def tips(from_s: float, x: float, y: float) -> list[At]:
        come = comes(from_s, x, y)
        stop_s = come[-1].second + 20
        up = stand(stop_s, stop_s + 40, x, y, every=20, load="full", lift=True)
        down = stand(stop_s + 60, stop_s + 120, x, y, every=20, load="empty", lift=False)
        return chain(come, up, down, goes(stop_s + 130, x + 50, y, load="empty", lift=False))

    def lingers(from_s: float, x: float, y: float) -> list[At]:
        come = comes(from_s, x, y)
        stop_s = come[-1].second + 20
        halt = stand(stop_s, stop_s + 360, x, y, every=40, load="full", lift=False)
        return chain(come, halt, goes(stop_s + 370, x + 50, y, load="full", lift=False))

    def halt(track: list[At], word: str) -> tuple[float, float, str]:
        seconds = [row.second for row in track if row.signals["v"] == 0]
        return (seconds[0], seconds[-1], word)

    def side(third_x: float, caption: str) -> Side:
        world = World().square("SRC", "source_site", -2000).vehicle("V1", "D1")
        world.vehicle("V2", "D2").vehicle("V3", "D3")
        one, two, three = tips(0, 500, -40), lingers(300, 560, 20), lingers(800, third_x, 80)
        return Side(
            world=world,
            rows=one,
            others={"D2": two, "D3": three},
            ticks=[1500],
            caption=caption,
            lanes=[
                Spans(label="truck 1", spans=[halt(one, "tips")]),
                Spans(label="truck 2", spans=[halt(two, "stands 6 min")]),
                Spans(label="truck 3", spans=[halt(three, "stands 6 min")]),
            ],
        )

    return Case(
        kind=RuleKind.SUSPECTED_DUMP_SITE,
        flagged=side(620, "One tips and two stand loaded, no more than 100 m from the next"),
        near_miss=side(697.5, "The third stands 150 m from the next: it counts up to 100 m"),
        lanes=(),
        view_m=(380, -110, 820, 150),
        span_s=(0, 1500),
        minutes=True,
    )
