"""The report at the desk."""

from __future__ import annotations

import base64
import json
import re

from desking import Staffed, words
from lxml import etree


def test_the_report_has_charts_beside_tables_and_runs_no_style_of_theirs(desk: Staffed) -> None:
    """Viewers see it too; charts are pictures that say what they show."""
    viewer = desk.enter("Vic", "viewer")
    answer = viewer.get("/reports")
    assert answer.status_code == 200
    page = words(answer.text)
    for told in ("From the audience to the letters", "What silence costs", "By country"):
        assert told in page
    assert "img-src 'self' data:" in answer.headers["content-security-policy"]
    assert "<svg" not in answer.text
    pictures = re.findall(
        r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="Chart: ', answer.text
    )
    assert pictures
    for picture in pictures:
        assert etree.fromstring(base64.b64decode(picture)).tag.endswith("svg")


def test_it_is_narrowed_to_campaigns_and_counted_by_what_one_asks(desk: Staffed) -> None:
    """A campaign that isn't there is said."""
    viewer = desk.enter("Vic", "viewer")
    page = viewer.page("/reports?campaign=spring&by=language")
    assert "By language of the message" in page
    assert "By country" not in page
    assert viewer.get("/reports?campaign=nothing").status_code == 404


def test_it_is_downloaded_as_csv_and_json(desk: Staffed) -> None:
    """With what was asked for."""
    viewer = desk.enter("Vic", "viewer")
    sheet = viewer.get("/reports/report.csv?campaign=spring")
    assert "attachment" in sheet.headers["content-disposition"]
    assert sheet.text.lstrip("\ufeff").splitlines()[0].startswith("by,key,name,audience")
    known = json.loads(viewer.get("/reports/report.json?campaign=spring&by=country").text)
    assert known["campaigns"] == ["spring"]
    assert known["total"]["audience"] == 25
    assert list(known["parts"]) == ["country"]
