"""The loss account as the API shows it."""

from api.schemas import LossAccount
from storage.records import LossRow


def account_view(row: LossRow) -> LossAccount:
    """One device and local day of arrival."""
    return LossAccount(
        device_id=row.device_id,
        day=row.day.isoformat(),
        received=row.received,
        stored=row.stored,
        duplicate=row.duplicate,
        rejected=row.rejected,
        late=row.late,
        redelivered=row.redelivered,
    )
