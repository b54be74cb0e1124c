"""Why the engine withdraws alerts: it says so in English, files say it in their language."""

from collections.abc import Mapping

from exports.words import Language

REASONS: Mapping[str, str] = {
    "reports that came late contradict it": "迟报数据与之矛盾",
    "later reports contradict it": "后续数据与之矛盾",
    "the ruleset now in force does not show it": "按现行规则不成立",
    "a background value came late": "背景值迟到",
    "one fault with the alert before it": "与前一告警属同一故障",
    "two devices on one id, not one at fault": "属两台终端共用一个编号，并非该终端故障",
}
"""Why the engine withdraws alerts, in Chinese."""


def withdrawn_because(reason: str | None, language: Language) -> str:
    """Why an alert was withdrawn, nothing where it was not; a reason that is not known stays as it is."""
    if reason is None:
        return ""
    return REASONS.get(reason, reason) if language == "zh" else reason
