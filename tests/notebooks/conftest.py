"""The served home of the tests of serving."""

from tests.serving.conftest import home, server

__all__ = ["home", "server"]
