"""Shapes on the ground: coordinate systems, the local metric plane, *place*, and the observation state machines.

Pure: `domain`, shapely, numpy and pyproj.
"""
