"""Which runs are needed, and why: one plan for the command line, the schedule and the sensor."""
