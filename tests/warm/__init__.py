"""Runs the product's programs in forked processes whose modules are already imported.

Importing Dagster and dbt takes 3 s of each command, and 1.3 s of each call of dbt. A server that has done so
(`tests.warm.server`) forks a process for each program that a test runs (`tests.warm.client`): a process of its own, in
an environment of its own, as from a shell; what it changes ends with it. Tests of how a program starts, or of signals
to it, start it from scratch instead.
"""
