"""The embedded server starts, is found again, and starts again after a crash, as root and as anybody."""

import contextlib
import os
import pwd
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from storage.embedded import EmbeddedPostgres, _as_account
from storage.errors import ServerNotStarted

ROOT = Path(__file__).parents[2]


def ask(dsn: str, query: str):
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query).fetchone()[0]


def test_a_commit_waits_for_the_disk_unless_a_test_says_otherwise(tmp_path):
    with EmbeddedPostgres(tmp_path) as server:
        assert [ask(server.dsn(), f"show {name}") for name in ("synchronous_commit", "fsync")] == ["on", "on"]
        assert ask(server.dsn(), "show listen_addresses") == "127.0.0.1"
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(f"postgresql://haulwatch:wrong@127.0.0.1:{server.port}/haulwatch")


def test_the_data_is_there_after_stop_and_start(tmp_path):
    with EmbeddedPostgres(tmp_path, fsync=False) as server:
        ask(server.dsn(), "with made as (select 1) select 1")
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("create table kept as select 42 as answer")
    assert server.pid == 0
    with EmbeddedPostgres(tmp_path, fsync=False) as server:
        assert ask(server.dsn(), "select answer from kept") == 42


def test_it_starts_again_after_kill_9_on_the_port_it_is_given(tmp_path):
    server = EmbeddedPostgres(tmp_path)
    server.start()
    port = server.port
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("create table kept as select 42 as answer")
    server.kill()
    assert (tmp_path / "data" / "postmaster.pid").exists()
    with EmbeddedPostgres(tmp_path, port=port) as again:
        assert (again.port, ask(again.dsn(), "select answer from kept")) == (port, 42)


def test_it_starts_again_after_kill_9_while_what_ran_goes_on_and_fills_the_log(tmp_path):
    server = EmbeddedPostgres(tmp_path, fsync=False)
    server.start()
    is_up = threading.Event()

    def complain() -> None:
        while not is_up.wait(0.001):
            with server.log_path.open("a") as log:
                log.write("FATAL:  connection to client lost\n" * 20)

    with contextlib.closing(psycopg.connect(server.dsn(), autocommit=True)) as connection:
        # Busy for a while, it does not notice the kill and holds the shared memory.
        connection.pgconn.send_query(b"select sum(n) from generate_series(1, 10000000) n")
        server.kill()
        complaining = threading.Thread(target=complain)
        complaining.start()
        try:
            with EmbeddedPostgres(tmp_path, fsync=False) as again:
                assert ask(again.dsn(), "select 1") == 1
        finally:
            is_up.set()
            complaining.join()
    assert "shared memory" in server.log_path.read_text()


def test_a_stale_pid_file_that_names_somebody_elses_process_does_not_stop_it(tmp_path):
    with EmbeddedPostgres(tmp_path, fsync=False):
        text = (tmp_path / "data" / "postmaster.pid").read_text()
    stale = "\n".join([str(os.getpid()), *text.splitlines()[1:]])
    (tmp_path / "data" / "postmaster.pid").write_text(stale)
    with EmbeddedPostgres(tmp_path, fsync=False) as server:
        assert ask(server.dsn(), "select 1") == 1


def test_a_server_left_running_is_found_and_stopped(tmp_path):
    first = EmbeddedPostgres(tmp_path, fsync=False)
    first.start()
    with EmbeddedPostgres(tmp_path, fsync=False) as second:
        assert (second.pid, second.port) == (first.pid, first.port)
    with pytest.raises(psycopg.OperationalError):
        ask(second.dsn() if second.port else first.dsn(), "select 1")
    first.stop()


def test_a_port_that_is_taken_is_said_so(tmp_path):
    with (
        EmbeddedPostgres(tmp_path / "one", fsync=False) as one,
        pytest.raises(ServerNotStarted, match="in use"),
    ):
        EmbeddedPostgres(tmp_path / "two", port=one.port, fsync=False).start()


def test_a_folder_that_initdb_left_half_made_is_made_anew(tmp_path):
    (tmp_path / "data" / "base").mkdir(parents=True)
    with EmbeddedPostgres(tmp_path, fsync=False) as server:
        assert ask(server.dsn(), "select 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests are it, where we are not root")
def test_an_ordinary_user_starts_it_too(tmp_path):
    account = pwd.getpwnam("nobody")
    home = Path("/tmp") / f"haulwatch-test-{os.getpid()}"
    home.mkdir()
    os.chown(home, account.pw_uid, account.pw_gid)
    program = (
        "import sys; from pathlib import Path; from storage.embedded import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1]) / 'server', fsync=False); server.start(); server.stop(); print('ok')"
    )
    try:
        # The capability to pass through closed folders, for a Python that lies below /root.
        command = _as_account([sys.executable, "-c", program, str(home)], home)
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
        assert done.stdout.strip() == "ok", done.stderr
    finally:
        subprocess.run(["rm", "-rf", str(home)], check=True)
