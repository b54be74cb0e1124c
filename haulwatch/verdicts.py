"""What came of checking a bundle, as lines for a terminal."""

from exports.bundle.checking import Outcome, Verdict

_SAID = {
    Outcome.VERIFIED: "Verified: every file is as it was made, and judging the reports again gives the same alert.",
    Outcome.UNCHANGED: "Unchanged: every file is as it was made. The alert was not judged again.",
    Outcome.DIFFERENT: "Different: every file is as it was made, but judging the reports again gives something else.",
    Outcome.ALTERED: "Altered: this is not a bundle as it was made.",
}


def lines_of(verdict: Verdict) -> list[str]:
    """The verdict first, then why, then what to compare."""
    lines = [_SAID[verdict.outcome], *(f"  {reason}" for reason in verdict.reasons)]
    if verdict.number is not None:
        lines += [
            f"  alert   {verdict.alert_id} ({verdict.rule}), {verdict.files} files",
            f"  number  {verdict.number}",
            "Whoever made it has the same number in the audit log; digests alone do not tell who did.",
        ]
    return lines
