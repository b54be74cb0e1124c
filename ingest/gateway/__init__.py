"""The gateways: devices that speak TCP, with whom nothing is confirmed before the broker has it."""
