"""Migrations are applied once, in order, by one starter at a time; a database that does not fit is refused."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from storage.edition import Edition
from storage.errors import MigrationRefused
from storage.migrate import DIRECTORY, migrate, migrations, statements


@pytest.fixture
def empty(server):
    with server.empty_database() as dsn:
        yield dsn


@pytest.fixture
def files(tmp_path):
    return shutil.copytree(DIRECTORY, tmp_path / "schema")


def test_every_file_that_belongs_here_is_applied_once(empty):
    first, second = migrate(empty), migrate(empty)
    kinds = {name.split(".")[1] for name in first.new if name.count(".") > 1}
    assert kinds == first.server.wants - ({"community"} - first.server.wants)
    assert (second.new, second.old) == ((), first.new)


def test_two_starters_at_once_apply_each_file_once(empty):
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate, [empty] * 4))
    assert sorted(len(one.new) for one in applied)[:3] == [0, 0, 0]
    assert len({one.new or one.old for one in applied}) == 1


def test_a_file_changed_after_it_was_applied_is_refused(empty, files):
    migrate(empty, directory=files)
    changed = files / "0002_account.sql"
    changed.write_text(changed.read_text() + "\n-- changed\n")
    with pytest.raises(MigrationRefused, match=r"0002_account\.sql"):
        migrate(empty, directory=files)


def test_a_database_of_a_newer_version_is_refused(empty, files):
    newer = files / "0099_newer.sql"
    newer.write_text("create table newer ();")
    migrate(empty, directory=files)
    newer.unlink()
    with pytest.raises(MigrationRefused, match=r"0099_newer\.sql"):
        migrate(empty, directory=files)


def test_a_file_that_fails_leaves_nothing_of_itself(empty, files):
    (files / "0098_bad.sql").write_text("create table half ();\nselect no_such_column;")
    with pytest.raises(Exception, match="no_such_column"):
        migrate(empty, directory=files)
    with psycopg.connect(empty) as connection:
        assert connection.execute(
            "select to_regclass('half'), to_regclass('positions')::text"
        ).fetchone() == (
            None,
            "positions",
        )


def test_a_file_name_must_say_where_it_belongs(tmp_path):
    (tmp_path / "0001_x.somewhere.sql").write_text("select 1;")
    with pytest.raises(ValueError, match="somewhere"):
        migrations(tmp_path)


def test_numbers_of_files_are_each_used_once():
    numbers = [one.name[:4] for one in migrations()]
    assert numbers == sorted(set(numbers))


def test_statements_end_with_a_semicolon_at_the_end_of_a_line():
    assert statements("-- why; because\nselect 1;\n\nselect 'a;b',\n 2;\n") == [
        "select 1",
        "select 'a;b',\n 2",
    ]


def test_the_server_is_what_the_fixture_started(server, empty):
    expected = {"haulwatch": Edition.PLAIN, "postgres": Edition.APACHE}
    user = psycopg.conninfo.conninfo_to_dict(empty)["user"]
    found = migrate(empty).server
    assert found.edition == expected[user]
    assert found.has_hypertables == (found.timescaledb is not None)
    assert found.postgresql in str(found)
