"""Devices that are tampered with, lost, doubled or broken while their truck is empty.

Each function adds legs to a script and lists what they are by RULES.md. They are set where they touch
nothing else: on the way back, or standing inside a site before loading.
"""

import numpy as np

from simulators.city import Lot
from simulators.driver import Driver, Script, part_of
from simulators.motion import Receiver, Signals, drive, stand
from simulators.plane import Floats
from simulators.truth import lasting, spans

ALARMS = ("power_cut", "antenna_short", "removed", "antenna_cut")
LIFT_KMH = 32.0
LIFT_HOLD_S = 60
LIFT_INTERVAL_S = 10


def go_with_alarm(driver: Driver, script: Script, lot: Lot) -> None:
    """Drive to a lot with one of the device's own alarms up all the way."""
    alarm = ALARMS[int(driver.rng.integers(len(ALARMS)))]
    leg = driver.go(script, lot, Signals(alarms=(alarm,)), "tampered with")
    driver.list_violation("terminal_tamper", leg.start_s, leg.end_s, alarm)


def go_with_lift_stuck(driver: Driver, script: Script, lot: Lot, signals: Signals) -> bool:
    """Drive to a lot while the lift sensor shows a raised body on the longest fast stretch; False if there is none."""
    spot = driver.spot_in(lot)
    path = driver.way_to(lot, spot)
    motion = drive(path, driver.manner(path, lights=False))
    fast = spans(motion.speed_kmh >= LIFT_KMH, 0)
    first, last = max(fast, key=lambda span: span[1] - span[0], default=(0, 0))
    if not lasting([(first, last)], LIFT_HOLD_S, LIFT_INTERVAL_S):
        return False
    raised = Signals(load=signals.load, tonnes=signals.tonnes, cover=signals.cover, lift=True)
    script.add(part_of(motion, 0, first), signals, "returning")
    leg = script.add(part_of(motion, first, last), raised, "lift sensor stuck")
    script.add(part_of(motion, last, motion.duration_s), signals, "returning")
    driver.lot, driver.spot = lot, spot
    driver.list_violation("signal_fault", leg.start_s, leg.end_s, "lift shown at speed")
    return True


def stand_with_bad_position(driver: Driver, script: Script) -> None:
    """Stand where one is while the receiver gives wild fixes, or one place at one speed."""
    frozen = driver.worker.model.speed and driver.rng.random() < 0.5
    receiver = Receiver.FROZEN if frozen else Receiver.WILD
    motion = stand(driver.spot, int(driver.rng.integers(660, 900)))
    leg = script.add(motion, Signals(), "bad receiver", receiver=receiver)
    driver.list_violation("position_fault", leg.start_s, leg.end_s, receiver)


def stand_with_twin(driver: Driver, script: Script) -> None:
    """Stand where one is while a second device far away sends under the same id."""
    motion = stand(driver.spot, int(driver.rng.integers(840, 1200)))
    leg = script.add(motion, Signals(), "two devices on one id", twin=_far_crossing(driver))
    driver.list_violation("identity_conflict", leg.start_s + 31, leg.end_s, "twin")


def _far_crossing(driver: Driver) -> Floats:
    places = np.array([driver.city.graph.places[n] for n in driver.city.corners])
    far: Floats = places[int(np.argmax(np.hypot(*(places - driver.spot).T)))]
    return far
