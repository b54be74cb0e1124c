"""What every process needs and no rule knows: settings, logs, metrics, the clock and shutting down."""
