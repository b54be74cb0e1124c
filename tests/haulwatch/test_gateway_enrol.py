"""`haulwatch gateway enrol`: a list of terminals, from the command line."""

import asyncio
import os
import subprocess
import sys

import pytest

from storage.store import Store
from storage.terminals import Terminals


@pytest.fixture
def enrol(database, tmp_path):
    environ = {key: value for key, value in os.environ.items() if not key.startswith("HAULWATCH_")}
    environ |= {"HAULWATCH_DATABASE_URL": database, "HAULWATCH_DATA_DIR": str(tmp_path)}
    file = tmp_path / "terminals.csv"

    def run(text: str, encoding: str = "utf-8") -> "subprocess.CompletedProcess[str]":
        file.write_bytes(text.encode(encoding))
        return subprocess.run(
            [sys.executable, "-m", "haulwatch", "gateway", "enrol", str(file)],
            env=environ,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


def approved(dsn: str) -> dict[str, str | None]:
    async def run() -> dict[str, str | None]:
        store = await Store.connect(dsn)
        try:
            return {
                one.terminal_id: one.device_id for one in await Terminals(store).terminals(state="approved")
            }
        finally:
            await store.close()

    return asyncio.run(run())


def test_a_list_is_enrolled_whole_or_not_at_all(enrol, database):
    head = "protocol,terminal_id,device_id,model,settings\n"
    done = enrol(head + "jt808,13800000001,T1,generic,\nhj212,M1,D1,,\n")
    assert done.returncode == 0, done.stderr
    assert "2 terminals may speak" in done.stdout
    assert "not in the registry yet, so their reports are refused: D1, T1" in done.stdout
    refused = enrol(head + "jt808,13800000003,T3,,\njt808,13800000002,T1,,\n")
    assert (refused.returncode, "another terminal speaks as T1 already" in refused.stderr) == (1, True)
    refused = enrol(head + "jt808,13800000003,T3,no-such,\n")
    assert (refused.returncode, "no such model: no-such" in refused.stderr) == (1, True)
    refused = enrol(head + "jt808,13800000003,T3,,\njt808,号码,T4,,\n", "gb18030")
    assert (refused.returncode, "line 3: terminal_id" in refused.stderr) == (1, True)
    assert approved(database) == {"13800000001": "T1", "M1": "D1"}
