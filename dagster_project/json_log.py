"""Log lines as JSON, for log collectors; also usable in Dagster's `python_logs` (docs/operating.md)."""

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """One object a line: time (UTC), level, logger, message; Dagster's run and the traceback if there are any."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, str] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        meta = getattr(record, "dagster_meta", None)
        if isinstance(meta, dict) and meta.get("run_id"):
            line["run_id"] = meta["run_id"]
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
