"""The settings of the service: from the environment only, read once, wrong ones named.

How the service is run is a setting; what counts as a violation is not: thresholds are rules and limits
of the registry. With nothing set, everything runs embedded.
"""

import difflib
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, FilePath, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.secret_url import SecretUrl

PREFIX = "HAULWATCH_"


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a log line looks; `auto` is pretty on a terminal and JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    PRETTY = "pretty"


class SettingsError(Exception):
    """One or more settings cannot be used; `problems` names each with what is allowed."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _url(*schemes: str) -> BeforeValidator:
    def parse(value: object) -> SecretUrl:
        if isinstance(value, SecretUrl):
            return value
        url = SecretUrl(str(value).strip())
        if url and (url.scheme not in schemes or not url.host):
            raise ValueError(schemes)
        return url

    return BeforeValidator(parse)


DatabaseUrl = Annotated[SecretUrl, _url("postgresql", "postgres")]
BrokerUrl = Annotated[SecretUrl, _url("mqtt", "mqtts")]
SmtpUrl = Annotated[SecretUrl, _url("smtp", "smtps")]
Port = Annotated[int, Field(ge=0, le=65535)]
Days = Annotated[int, Field(ge=1, le=36_500)]

PORTS = "a port number; 0 takes any free one"
DAYS = "1 to 36,500"


def _setting(default: Any, meaning: str, *, allowed: str, unit: str = "") -> Any:
    return Field(default=default, description=meaning, json_schema_extra={"allowed": allowed, "unit": unit})


def default_data_dir() -> Path:
    """`.haulwatch` in the checkout this code runs from, else the user's data directory."""
    root = Path(__file__).resolve().parent.parent
    if (root / "pyproject.toml").exists():
        return root / ".haulwatch"
    return Path.home() / ".local" / "share" / "haulwatch"


def _data_dir_setting() -> Any:
    return Field(
        default_factory=default_data_dir,
        description="Where the embedded servers keep their data, and `up` its logs",
        json_schema_extra={
            "allowed": "a directory that can be written, or made",
            "unit": "",
            "shown_default": "`.haulwatch` in a checkout, else `~/.local/share/haulwatch`",
        },
    )


class Settings(BaseSettings):
    """Every setting; the environment variable is its name in capitals after the prefix."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
    )

    database_url: DatabaseUrl = _setting(
        SecretUrl(""),
        "The PostgreSQL or TimescaleDB server to use; empty starts an embedded PostgreSQL",
        allowed="postgresql://user:password@host:port/database",
    )
    broker_url: BrokerUrl = _setting(
        SecretUrl(""),
        "The MQTT broker to use; empty starts an embedded NATS server",
        allowed="mqtt://user:password@host:port (mqtts:// for TLS)",
    )
    data_dir: Path = _data_dir_setting()
    topic_prefix: Annotated[str, Field(pattern=r"^[^/#+$*>\s][^#+*>\s]*[^/#+*>\s]$")] = _setting(
        "haulwatch/v1",
        "What every MQTT topic begins with",
        allowed="MQTT topic levels without wildcards and spaces",
    )
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = _setting(
        "haulwatch-ingest",
        "The MQTT client id of ingest; its persistent session hangs on it, so keep it",
        allowed="1 to 64 of A-Z a-z 0-9 _ -",
    )
    ingest_slots: Annotated[int, Field(ge=1, le=64)] | None = _setting(
        None,
        "The parts that ingest workers share the devices in, fixed at the first start; empty takes the number in force",
        allowed="1 to 64, or empty",
        unit="slots",
    )
    registry_file: FilePath | None = _setting(
        None,
        "A registry file that is checked at each start, and loaded unless it was loaded at an earlier one and only people changed anything since",
        allowed="a file that exists",
    )
    http_host: Annotated[str, Field(min_length=1)] = _setting(
        "127.0.0.1",
        "The address the page and the API listen on",
        allowed="an address of this machine; 0.0.0.0 is all",
    )
    http_port: Port = _setting(8080, "The port of the page and the API", allowed=PORTS)
    embedded_broker_host: Annotated[str, Field(min_length=1)] = _setting(
        "127.0.0.1",
        "The address the embedded broker listens on",
        allowed="an address of this machine; 0.0.0.0 is all",
    )
    embedded_broker_port: Port = _setting(1883, "The MQTT port of the embedded broker", allowed=PORTS)
    gateway_host: Annotated[str, Field(min_length=1)] = _setting(
        "127.0.0.1",
        "The address the gateways listen on",
        allowed="an address of this machine; 0.0.0.0 is all",
    )
    jt808_port: Port = _setting(
        0,
        "The port of the JT/T 808 gateway, which `up` then starts too; 0 starts none",
        allowed="a port number, or 0",
    )
    hj212_port: Port = _setting(
        0,
        "The port of the HJ 212 gateway, which `up` then starts too; 0 starts none",
        allowed="a port number, or 0",
    )
    emqx_mountpoint: str = _setting(
        "",
        "Where EMQX publishes what its JT/T 808 gateway reads, such as jt808; `up` then takes it in; empty takes none",
        allowed="levels of a topic",
    )
    gateway_connections: Annotated[int, Field(ge=1, le=100_000)] = _setting(
        12_000,
        "How many connections a gateway takes; it needs as many open files",
        allowed="1 to 100,000",
        unit="connections",
    )
    gateway_idle_s: Annotated[int, Field(ge=30, le=86_400)] = _setting(
        300,
        "A gateway parts with a device of which no whole message came for so long",
        allowed="30 to 86,400",
        unit="s",
    )
    embedded_database_port: Port = _setting(0, "The port of the embedded PostgreSQL", allowed=PORTS)
    batch_size: Annotated[int, Field(ge=1, le=10_000)] = _setting(
        2000, "A batch is stored once it holds this many reports", allowed="1 to 10,000", unit="reports"
    )
    batch_age_ms: Annotated[int, Field(ge=1, le=60_000)] = _setting(
        200, "A batch is stored once its first report has waited this long", allowed="1 to 60,000", unit="ms"
    )
    retention_reports_days: Annotated[int, Field(ge=31, le=36_500)] = _setting(
        400,
        "How long reports and background values are kept; devices may send what is up to 30 days old",
        allowed="31 to 36,500",
        unit="days",
    )
    retention_rejections_days: Days = _setting(
        90, "How long rejected messages are kept", allowed=DAYS, unit="days"
    )
    retention_changes_days: Days = _setting(
        90,
        "How long the numbered alert changes are kept for resuming; alerts themselves are never deleted",
        allowed=DAYS,
        unit="days",
    )
    retention_account_days: Days = _setting(
        800,
        "How long the loss account, and what is kept of vehicles' visits and trips, are kept",
        allowed=DAYS,
        unit="days",
    )
    retention_letters_days: Days = _setting(
        365, "How long an event that a webhook's target refused is kept for it", allowed=DAYS, unit="days"
    )
    log_level: LogLevel = _setting(
        LogLevel.INFO, "The least level that is logged", allowed="debug, info, warning or error"
    )
    log_format: LogFormat = _setting(
        LogFormat.AUTO,
        "How logs are written; auto is pretty on a terminal, else JSON",
        allowed="auto, json or pretty",
    )
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = _setting(
        0,
        "The port on which ingest, or a gateway, shows its metrics to Prometheus; 0 shows none",
        allowed="a port number, or 0",
    )
    map_style_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+\S*)?$")] = _setting(
        "",
        "A MapLibre style drawn under the registry's own shapes; empty draws those alone, without internet",
        allowed="http(s)://host/style.json",
    )
    map_hosts: Annotated[str, Field(pattern=r"^(https?://[^\s,;/]+(,https?://[^\s,;/]+)*)?$")] = _setting(
        "",
        "Further hosts from which that style takes tiles and pictures; a browser asks no others",
        allowed="http(s)://host, several with commas between",
    )
    map_tianditu_key: SecretStr = _setting(
        SecretStr(""),
        "A key of 天地图 for servers; its tiles are passed on, so that the key stays here",
        allowed="the key as it was given",
    )
    map_crs: Annotated[str, Field(pattern=r"^(wgs84|gcj02)$")] = _setting(
        "wgs84",
        "The coordinate system of the base map; places are shifted where they are drawn on one in GCJ-02",
        allowed="wgs84 (天地图, too) or gcj02",
    )
    map_approval_no: Annotated[str, Field(max_length=60)] = _setting(
        "",
        "The base map's approval number (审图号), which stands on it at the lower left",
        allowed="up to 60 characters, such as GS(2024)0650号",
    )
    map_source: Annotated[str, Field(max_length=80)] = _setting(
        "", "Who made the base map, written beside the number", allowed="up to 80 characters"
    )
    bulletin_organ: Annotated[str, Field(max_length=80)] = _setting(
        "",
        "Who publishes the bulletins (发布单位): stands at their head; empty leaves the line empty",
        allowed="up to 80 characters",
    )
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/?#]+(/[^\s?#]*[^\s/?#])?)?$")] = _setting(
        "",
        "Where people reach the page: links in files, mails and for the field begin with it; empty takes the address that a request came by",
        allowed="http(s)://host, with a path where a proxy adds one",
    )
    smtp_url: SmtpUrl = _setting(
        SecretUrl(""),
        "The mail server for what schedules send; empty sends none",
        allowed="smtp://user:password@host:port (encrypted where offered), smtps:// for TLS from the start",
    )
    mail_from: Annotated[str, Field(pattern=r"^([^\s@<>]+@[^\s@<>]+)?$")] = _setting(
        "", "The address that schedules' mails come from", allowed="name@host"
    )
    demo_seed: Annotated[int, Field(ge=0)] = _setting(
        1, "The seed of the demo district and its fleet", allowed="a whole number from 0 on"
    )
    demo_vehicles: Annotated[int, Field(ge=1, le=12_000)] = _setting(
        60, "How many trucks the demo fleet has", allowed="1 to 12,000", unit="vehicles"
    )


class SettingDoc(NamedTuple):
    """One setting as people read about it."""

    variable: str
    default: str
    unit: str
    allowed: str
    meaning: str


def documentation() -> list[SettingDoc]:
    """Every setting with its default, unit, what is allowed and what it means."""
    return [_doc(name, info) for name, info in Settings.model_fields.items()]


def load_settings() -> Settings:
    """Read the environment; raises SettingsError that names every unknown and every wrong key."""
    given = sorted(key for key in os.environ if key.upper().startswith(PREFIX))
    problems = [_unknown(key) for key in given if _field_name(key) not in Settings.model_fields]
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = dict.fromkeys(str(e["loc"][0]) for e in error.errors())
        raise SettingsError(problems + [_wrong(name) for name in wrong]) from None
    if problems:
        raise SettingsError(problems)
    return settings


def variable_name(field_name: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field_name.upper()


def _field_name(key: str) -> str:
    return key[len(PREFIX) :].lower()


def _doc(name: str, info: FieldInfo) -> SettingDoc:
    extra = _extra(info)
    default = info.get_default()
    shown = extra.get("shown_default") or ("" if default is None else str(default))
    return SettingDoc(variable_name(name), shown, extra["unit"], extra["allowed"], info.description or "")


def _extra(info: FieldInfo) -> dict[str, str]:
    extra = info.json_schema_extra
    assert isinstance(extra, dict), "every setting is made by _setting"
    return {key: str(value) for key, value in extra.items()}


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(_field_name(key), Settings.model_fields, n=1)
    hint = f"; did you mean {variable_name(near[0])}?" if near else "; `haulwatch doctor` lists every setting"
    return f"{key} is no setting of Haulwatch{hint}"


def _wrong(name: str) -> str:
    info = Settings.model_fields[name]
    variable = variable_name(name)
    # A URL may hold a password, and a key is one: a wrong one is not shown.
    shown = "" if name.endswith(("_url", "_key")) else f"={os.environ.get(variable, '')}"
    return f"{variable}{shown} cannot be used: allowed is {_extra(info)['allowed']}"
