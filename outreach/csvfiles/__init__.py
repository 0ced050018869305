"""CSV files as people have them: any delimiter, encoding and line ends, with numbered lines."""

from outreach.csvfiles.encoding import Encoding
from outreach.csvfiles.formulas import defused, restored
from outreach.csvfiles.rejects import Rejects, rejects_path
from outreach.csvfiles.swallowed import swallows
from outreach.csvfiles.table import MARKS, Batch, Row, RowProblem, Table, open_table

__all__ = [
    "MARKS",
    "Batch",
    "Encoding",
    "Rejects",
    "Row",
    "RowProblem",
    "Table",
    "defused",
    "open_table",
    "rejects_path",
    "restored",
    "swallows",
]
