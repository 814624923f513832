"""What has to be run, and why: one plan for the command line, the schedule and the sensor."""
