"""The Python client: series, tables and the catalogue as data frames, from a home on this machine or from a server.

from satledger import Satledger

flows = Satledger("data").metrics(["FlowNetExNtv", "SplyMiner0HopAllNtv"], "btc", "2023-01-01")
"""

from dagster_project.errors import SatledgerError
from satledger.client import Satledger

__all__ = ["Satledger", "SatledgerError"]
