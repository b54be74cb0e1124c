"""Logs: one rich line per unit of work with a stable `action=`, JSON unless a person is watching.

Lines of the libraries go the same way as ours. Everything is written to standard error unless told otherwise, so that
the output of a command stays its own.
"""

import logging
import sys
from typing import Any, TextIO

import structlog

from runtime.settings import LogFormat, LogLevel


def configure_logs(level: LogLevel, log_format: LogFormat, stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's logging for this process; `stream` instead of standard error."""
    stream = stream or sys.stderr
    pretty = log_format is LogFormat.PRETTY or (log_format is LogFormat.AUTO and stream.isatty())
    number = logging.getLevelNamesMapping()[level.value.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(pretty=pretty))
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)


def _rendering(*, pretty: bool) -> list[Any]:
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if pretty:
        # A traceback with every local value is slow, long, and may hold what nobody should read.
        return [drop, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [
        drop,
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("message"),
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]
