"""The queries of docs/sql.md, by the question that each answers."""

import re
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sql.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
QUERIES: dict[str, str] = dict(
    re.findall(r"^(?:### \d+\. )?([^\n]*\?)\n(?:(?!^### )[\s\S])*?```sql\n([\s\S]*?)```", TEXT, re.M)
)
