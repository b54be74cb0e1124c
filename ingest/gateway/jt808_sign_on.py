"""How a terminal comes to speak: it registers, is given a code, signs on with it, and is there only once.

Where a second one signs on, the first is asked, and as long as it answers the second is refused. Who is not known is
put down as waiting for somebody's approval.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from ingest.gateway.jt808_line import TerminalLine
from ingest.gateway.jt808_verdict import code_digest, is_code, new_code, said, verdict_on
from protocols.jt808.answers import Result
from protocols.jt808.framing import Frame
from protocols.jt808.sign_on import Authenticate, Register, RegisterAnswer, RegisterResult
from storage.errors import StorageUnavailable

RIVAL_S = 5.0
"""How long a terminal that is there may take to show it when another signs on with its id."""
RIVAL_LOOK_S = 0.1


async def register(line: TerminalLine, frame: Frame, message: Register) -> None:
    """Judge a registration and answer it, with a code where it may sign on; without the database it is not answered."""
    desk, terminal_id = line.desk, frame.header.phone
    known = desk.directory.get(terminal_id)
    vehicle = None if known is None or known.device_id is None else desk.fleet.vehicle(known.device_id)
    verdict = verdict_on(message, known, vehicle)
    if verdict.reason is not None:
        line.refuse_frame(frame, verdict.reason, verdict.detail)
    result, code = verdict.result, ""
    try:
        if verdict.waits:
            await _knock(line, frame, said(message))
        elif result is RegisterResult.OK:
            result, code = await _code_for(line, frame, message)
    except StorageUnavailable:
        return  # it asks again
    line.send(RegisterAnswer(answered_serial=frame.header.serial, result=result, code=code))


async def _code_for(line: TerminalLine, frame: Frame, message: Register) -> tuple[RegisterResult, str]:
    """A code for a terminal that may have one, unless another is that terminal; raises StorageUnavailable."""
    desk, terminal_id = line.desk, frame.header.phone
    if not await _is_alone(line, frame):
        return RegisterResult.TERMINAL_REGISTERED, ""
    code = new_code()
    digest = code_digest(code)
    if terminal_id == line.terminal_id:
        line.code_digest = digest
    is_issued = await desk.terminals.issue_code(desk.protocol, terminal_id, digest, said(message))
    await desk.directory.refresh(terminal_id)
    return (RegisterResult.OK, code) if is_issued else (RegisterResult.TERMINAL_UNKNOWN, "")


def sign_on(line: TerminalLine, frame: Frame, message: Authenticate) -> Coroutine[Any, Any, None] | None:
    """Sign a terminal on by its code; a coroutine where somebody is to be asked."""
    header = frame.header
    known = line.desk.directory.get(header.phone)
    if known is None or known.state == "waiting":
        return refuse_stranger(line, frame)
    reason = None
    if not known.is_approved:
        reason = "blocked"
    elif known.code_digest is None:
        reason = "not_registered"
    elif not is_code(message.code, known.code_digest):
        reason = "wrong_code"
    if reason is not None:
        line.refuse_frame(frame, reason)
        line.answer([header.serial], header.message_id, Result.FAILED)
        return None
    if line.desk.live.get(header.phone, line) is not line:
        return _sign_on_beside(line, frame, message)
    line.signed_on(known)
    line.answer([header.serial], header.message_id, Result.OK)
    line.deliver()
    return None


async def _sign_on_beside(line: TerminalLine, frame: Frame, message: Authenticate) -> None:
    """Sign on a terminal that is there already, if the one that is there does not answer any more."""
    if not await _is_alone(line, frame):
        line.answer([frame.header.serial], frame.header.message_id, Result.FAILED)
    elif (again := sign_on(line, frame, message)) is not None:  # what was decided since counts
        await again


async def _is_alone(line: TerminalLine, frame: Frame) -> bool:
    """Whether nobody else is the terminal of a frame; one that is there and silent is parted with."""
    live, terminal_id = line.desk.live, frame.header.phone
    while (rival := live.get(terminal_id)) is not None and rival is not line:
        heard, ends_s = rival.heard, asyncio.get_running_loop().time() + RIVAL_S
        rival.ask_location()
        while rival.is_open and rival.heard == heard:
            if asyncio.get_running_loop().time() >= ends_s:
                rival.close("replaced")
                break
            await asyncio.sleep(RIVAL_LOOK_S)
        else:
            if rival.is_open:
                detail = f"{terminal_id} is connected and answers; another signed on from {line.address}"
                line.refuse_frame(frame, "already_connected", detail)
                line.desk.note_conflict(terminal_id, line.address)
                return False
        if live.get(terminal_id) is rival:
            del live[terminal_id]
    return True


async def refuse_stranger(line: TerminalLine, frame: Frame) -> None:
    """Refuse somebody who has not signed on; who is not known, is put down as waiting."""
    header = frame.header
    known = line.desk.directory.get(header.phone)
    try:
        if known is None or known.state == "waiting":
            await _knock(line, frame, {})
        else:
            line.refuse_frame(frame, "not_signed_on")
    except StorageUnavailable:
        return
    line.answer([header.serial], header.message_id, Result.FAILED)


async def _knock(line: TerminalLine, frame: Frame, told: dict[str, Any]) -> None:
    if not await line.desk.knock(frame.header.phone, told, line.address):
        line.refuse_frame(frame, "too_many_wait")
