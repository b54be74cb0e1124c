"""Settings: the environment only, wrong ones named, secrets hidden."""

from pathlib import Path

import pytest

from runtime.secret_url import SecretUrl
from runtime.settings import Settings, SettingsError, documentation, load_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch):
    import os

    for key in [key for key in os.environ if key.startswith("HAULWATCH_")]:
        monkeypatch.delenv(key)


def test_with_nothing_set_everything_has_its_default():
    settings = load_settings()
    assert not settings.database_url
    assert not settings.broker_url
    assert settings.http_port == 8080
    assert settings.model_fields_set == set()


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HAULWATCH_HTTP_PORT", "")
    assert load_settings().http_port == 8080


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HAULWATCH_HTTP_PORT", "65536"),
        ("HAULWATCH_HTTP_PORT", "-1"),
        ("HAULWATCH_HTTP_PORT", "eighty"),
        ("HAULWATCH_BATCH_SIZE", "0"),
        ("HAULWATCH_BATCH_SIZE", "10001"),
        ("HAULWATCH_RETENTION_REPORTS_DAYS", "30"),
        ("HAULWATCH_DEMO_VEHICLES", "0"),
        ("HAULWATCH_CLIENT_ID", "a b"),
        ("HAULWATCH_TOPIC_PREFIX", "haulwatch/#"),
        ("HAULWATCH_LOG_LEVEL", "loud"),
        ("HAULWATCH_REGISTRY_FILE", "/nowhere/at/all.json"),
        ("HAULWATCH_DATABASE_URL", "mysql://u@h/d"),
        ("HAULWATCH_BROKER_URL", "mqtt://"),
        ("HAULWATCH_BROKER_URL", "mqtt://h:port"),
    ],
)
def test_a_wrong_value_names_its_key_and_what_is_allowed(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    allowed = next(doc.allowed for doc in documentation() if doc.variable == variable)
    assert caught.value.problems[0].startswith(variable)
    assert allowed in caught.value.problems[0]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HAULWATCH_HTTP_PORT", "65535"),
        ("HAULWATCH_HTTP_PORT", "0"),
        ("HAULWATCH_BATCH_SIZE", "10000"),
        ("HAULWATCH_RETENTION_REPORTS_DAYS", "31"),
        ("HAULWATCH_CLIENT_ID", "a_b-1"),
        ("HAULWATCH_DATABASE_URL", "postgresql://u:p@h:5432/d?sslmode=require"),
        ("HAULWATCH_BROKER_URL", "mqtts://u:p@h"),
    ],
)
def test_a_value_at_the_edge_of_what_is_allowed_is_taken(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(variable, value)
    assert variable.removeprefix("HAULWATCH_").lower() in load_settings().model_fields_set


def test_every_wrong_and_unknown_key_is_named_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HAULWATCH_HTTP_PORT", "x")
    monkeypatch.setenv("HAULWATCH_BATCH_SIZE", "x")
    monkeypatch.setenv("HAULWATCH_HTTP_PROT", "1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert len(caught.value.problems) == 3
    assert "HAULWATCH_HTTP_PROT is no setting" in caught.value.problems[0]
    assert "HAULWATCH_HTTP_PORT?" in caught.value.problems[0]


def test_a_wrong_url_is_not_shown_because_it_may_hold_a_password(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HAULWATCH_DATABASE_URL", "http://me:geheim@h/d")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:geheim@db:5432/x", "postgresql://me:***@db:5432/x"),
        ("postgresql://me:ge@heim@db/x", "postgresql://me:***@db/x"),
        ("postgresql://db/x?user=me&password=geheim", "postgresql://db/x?user=me&password=***"),
        ("mqtt://broker:1883", "mqtt://broker:1883"),
        ("", ""),
    ],
)
def test_a_password_never_prints_itself(url: str, shown: str):
    secret = SecretUrl(url)
    assert str(secret) == shown
    assert "heim" not in repr(secret)
    assert secret.reveal() == url


def test_settings_printed_whole_hide_their_secrets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HAULWATCH_DATABASE_URL", "postgresql://me:geheim@db/x")
    assert "geheim" not in repr(load_settings())


def test_the_data_directory_of_a_checkout_lies_in_it():
    assert load_settings().data_dir == Path(__file__).resolve().parents[2] / ".haulwatch"


def test_every_setting_says_what_it_means_and_what_is_allowed():
    for doc in documentation():
        assert doc.meaning
        assert doc.allowed
    assert len(documentation()) == len(Settings.model_fields)
