"""Tests of the code that parses and proves blocks."""
