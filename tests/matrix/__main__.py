"""Write docs/matrix.md from the rows: ``python -m tests.matrix``."""

from tests.matrix.table import PAGE, write_page

PAGE.write_text(write_page(), "utf-8")
