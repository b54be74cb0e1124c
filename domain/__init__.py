"""The words every part of Haulwatch shares: reports, vehicles, stations, permits, time windows, the registry.

Pure: standard library and msgspec only. No clock, no network, no files.
"""
