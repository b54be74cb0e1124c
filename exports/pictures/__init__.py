"""Charts and maps as PNG, of plain figures: the same figures give the same bytes on one machine."""
