"""Tests of the command line, as a user runs it: in processes of its own, on homes of its own."""
