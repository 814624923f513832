"""Tests of what runs the build: days, plans, dbt's arguments, inputs, publishing, Dagster."""
