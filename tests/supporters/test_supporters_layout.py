"""Whose export a file is, told by its header row alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.errors import InputError
from outreach.supporters.formats import Field
from outreach.supporters.layout import Header, Layout, layout_of, parse_columns


def layout(header: str, **stated: str) -> Layout:
    """Recognise a header row written with commas."""
    return layout_of(Header(Path("list.csv"), 1, header.split(",")), tuple(stated.items()))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("email,given_name,consent", "outreach"),
        (
            "email,first_name,last_name,zip_code,can2_user_tags,can2_subscription_status",
            "action_network",
        ),
        ("Email Address,First Name,Last Name,OPTIN_TIME,CC,TAGS", "mailchimp"),
        ("email address,unsub_time", "mailchimp"),
        ("Contact ID,First Name,Email,Do Not Email,No Bulk Emails (User Opt Out)", "civicrm"),
        ("nationbuilder_id,first_name,email,email_opt_in,tag_list", "nationbuilder"),
        ("E-mail,First name,Surname,Country", "spreadsheet"),
        ("Vorname,Name,E-Mail-Adresse,Land", "spreadsheet"),
        ("Prénom,Nom,Courriel,Pays", "spreadsheet"),
        ("الاسم الأول,البريد الإلكتروني,البلد", "spreadsheet"),
    ],
)
def test_a_format_is_recognised_by_its_header(header: str, name: str) -> None:
    """In any case and with any spaces around the names."""
    assert layout(header).format == name
    assert layout(header.upper()).format == name
    assert layout(header.replace(",", " , ")).fields == layout(header).fields


def test_every_further_column_is_an_attribute() -> None:
    """Under its header; without one under its number; a name that stands twice is told apart."""
    found = layout("email,notes,,notes,Country")
    names = [found.names[place] for place in found.attributes]
    assert names == ["notes", "column 3", "notes (4)"]


def test_the_columns_of_a_rejects_file_are_not_taken_for_the_lists_own() -> None:
    """A mended FILE.rejected.csv can be imported as it is."""
    assert layout("line,reason,email,given_name").attributes == []


def test_name_is_the_family_name_only_beside_a_given_name() -> None:
    """A whole name is never split, nor taken for half of one."""
    assert layout("Vorname,Name,E-Mail").fields[Field.FAMILY_NAME] == 1
    assert layout("Name,E-Mail").attributes == [0]


def test_stated_columns_go_before_recognised_ones() -> None:
    """By header or by number from 1; the other columns are recognised all the same."""
    stated = layout("Kontakt,Mail,E-Mail,Land", email="Kontakt", given_name="2")
    assert stated.fields == {Field.EMAIL: 0, Field.GIVEN_NAME: 1, Field.COUNTRY: 3}
    assert stated.attributes == [2]


@pytest.mark.parametrize(
    ("header", "stated", "words"),
    [
        ("name,country", {}, "no column holds email addresses"),
        ("email,E-Mail,name", {}, "--columns email=1"),
        ("email,email", {}, "--columns email=1"),
        ("email,country,country", {}, "--columns country=2"),
        ("email,x", {"emial": "x"}, "perhaps it is 'email'"),
        ("email,Vorname", {"given_name": "Vornahme"}, "perhaps it is 'Vorname'"),
        ("email,x", {"given_name": "9"}, "no such column"),
        ("email,x,x", {"given_name": "x"}, "x (column 2), x (column 3)"),
        ("email,given_name\na@example.org;Ann", {}, "a quotation mark not closed"),
    ],
)
def test_a_header_that_may_be_misread_is_an_error(
    header: str, stated: dict[str, str], words: str
) -> None:
    """It says what to do, and names the file and the line where the header is to blame."""
    with pytest.raises(InputError) as caught:
        layout(header, **stated)
    assert words in str(caught.value)


def test_columns_are_written_as_pairs() -> None:
    """Several in one text or in several; a comma in a header does no harm."""
    pairs = (("email", "E-Mail"), ("given_name", "Vorname, bitte"), ("country", "Land"))
    assert parse_columns(["email=E-Mail,given_name=Vorname, bitte", "country=Land"]) == pairs
    with pytest.raises(InputError, match="FIELD=HEADER"):
        parse_columns(["email"])


def test_a_field_is_named_once() -> None:
    """Twice is a slip, where only roles may have several columns."""
    header = Header(Path("list.csv"), 1, ["email", "a", "b"])
    with pytest.raises(InputError, match="twice"):
        layout_of(header, [("given_name", "a"), ("given_name", "b")])
    layout_of(header, [("opt_out", "a"), ("opt_out", "b")])


def test_it_can_be_said_what_each_column_was_taken_for() -> None:
    """In the words of --columns, all in order; columns of one name are told apart."""
    assert layout("E-Mail,OPTIN_TIME,Country,Unsubscribed,x,x").meanings == {
        "E-Mail": ("email",),
        "OPTIN_TIME": ("joined", "consent"),
        "Country": ("country",),
        "Unsubscribed": ("opt_out",),
        "x": ("attribute",),
        "x (6)": ("attribute",),
    }
    assert list(layout("line,reason,email").meanings) == ["email"]


def test_case_accents_and_punctuation_make_no_other_header() -> None:
    """As people write them."""
    assert layout("COURRIEL,PRENOM,désinscription").meanings == {
        "COURRIEL": ("email",),
        "PRENOM": ("given_name",),
        "désinscription": ("opt_out",),
    }
