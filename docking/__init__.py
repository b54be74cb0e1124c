"""What goes out by itself, and what comes of it: alerts to other systems, schedules, mail."""
