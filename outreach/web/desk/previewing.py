"""Preview: one reader's message, as screens of two sizes show it and as the bytes that leave."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.compose.lint import Finding
from outreach.staff import May
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Visit, day_in, number_in, path
from outreach.workflow.lint import check_planned, check_template
from outreach.workflow.preview import Previewer, previewer_of
from outreach.workflow.previews import segment_previews
from outreach.workflow.staffpreview import (
    Look,
    look_at,
    look_at_made_up,
    person_number,
)

#: what of a message is shown
VIEWS: Final = ("page", "text", "source", "headers", "values", "findings")
WIDTHS: Final = ("phone", "desktop")
SCHEMES: Final = ("light", "dark")
IMAGES: Final = ("on", "off")
#: mail programs show these; the rest is for machines
_SHOWN_HEADERS: Final = ("From", "To", "Reply-To", "Subject", "Date")
#: people that an address can carry
_MOST_AMONG: Final = 200
#: for a stranger's page: nothing runs, and nothing is loaded but pictures, where they are wanted
_BODY_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; sandbox; form-action 'none';"
    " base-uri 'none'; frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose message is asked for, and how it is to be shown: all of it stands in the address."""

    #: 0: the made-up reader `made`
    supporter_id: int
    made: int
    among: tuple[int, ...]
    segment: str
    #: the campaign as which it is planned; '': as its files are now
    campaign: str
    language: str
    day: str
    view: str
    width: str
    scheme: str
    images: str

    @classmethod
    def of(cls, visit: Visit) -> Wish:
        """Read it from the address; what is none of ours is as if it weren't there."""
        among = [number_in(word) for word in visit.asked("among").split(".")[:_MOST_AMONG]]
        return cls(
            supporter_id=number_in(visit.asked("as")),
            made=number_in(visit.asked("made")),
            among=tuple(number for number in among if number),
            segment=visit.asked("segment"),
            campaign=visit.asked("campaign"),
            language=visit.asked("language"),
            day=visit.asked("day"),
            view=_one_of(VIEWS, visit.asked("view")),
            width=_one_of(WIDTHS, visit.asked("width")),
            scheme=_one_of(SCHEMES, visit.asked("scheme")),
            images=_one_of(IMAGES, visit.asked("images")),
        )

    def query(self, **other: object) -> str:
        """Write it as the part of an address behind the `?`, with some of it changed."""
        return urlencode(self.fields(**other))

    def fields(self, **other: object) -> dict[str, object]:
        """Write it as the fields of a form, with some of it changed, and without what is ''."""
        values: dict[str, object] = {
            "as": self.supporter_id or "",
            "made": self.made or "",
            "among": ".".join(map(str, self.among)),
            **{name: getattr(self, name) for name in ("segment", "campaign", "language", "day")},
            **{name: getattr(self, name) for name in ("view", "width", "scheme", "images")},
            **other,
        }
        return {name: value for name, value in values.items() if value != ""}


class Previewing:
    """Shows messages as people get them."""

    def __init__(self, shell: Shell) -> None:
        one = "/messages/{name}"
        self.routes: list[Route] = [
            shell.page(f"{one}/people", self.show_people, May.SEE_PEOPLE, slow=True),
            shell.act(f"{one}/as", self.find, May.SEE_PEOPLE, back=one),
            shell.page(f"{one}/preview", self.show_preview, back=one),
            shell.page(f"{one}/body", self.show_body),
            shell.page(f"{one}/mail", self.give_mail),
        ]

    def show_people(self, visit: Visit) -> Response:
        """List the telling people of a segment, with the reasons."""
        name, segment = visit.named("name"), visit.asked("segment")
        campaign = visit.asked("campaign")
        found = segment_previews(
            visit.db, visit.settings, name, segment=segment, campaign=campaign, now=visit.now
        )
        among = ".".join(str(telling.supporter_id) for telling in found.telling)
        query = {"segment": segment, "among": among, "campaign": campaign}
        return visit.show(
            "people.html",
            found=found,
            campaign=campaign,
            query=urlencode({key: value for key, value in query.items() if value}),
            at=path("messages", name),
        )

    def find(self, visit: Visit) -> Response:
        """Go to a person's message: by a form, so that no address stands in an address."""
        query: dict[str, object] = {"as": person_number(visit.db, visit.sent("who"))}
        query |= {"campaign": visit.sent("campaign")} if visit.sent("campaign") else {}
        at = path("messages", visit.named("name"), "preview")
        return RedirectResponse(f"{at}?{urlencode(query)}", status_code=303)

    def show_preview(self, visit: Visit) -> Response:
        """Show a message."""
        name, wish = visit.named("name"), Wish.of(visit)
        look, before, after, place = _look(visit, wish)
        message = look.preview.message
        findings = _findings(visit, wish, look) if wish.view == "findings" else ()
        return visit.show(
            "preview.html",
            name=name,
            wish=wish,
            look=look,
            message=message,
            source=message.mime.decode("utf-8", "backslashreplace"),
            headers=_headers(message.mime),
            shown=_SHOWN_HEADERS,
            findings=findings,
            before=before,
            after=after,
            place=place,
            choices={"view": VIEWS, "width": WIDTHS, "scheme": SCHEMES, "images": IMAGES},
            at=path("messages", name),
        )

    def show_body(self, visit: Visit) -> Response:
        """Give the page inside a message, as it is, for a frame in which nothing runs."""
        wish = Wish.of(visit)
        look, *_ = _look(visit, wish)
        images = "data: https:" if wish.images == "on" else "'none'"
        return Response(
            look.preview.message.html,
            media_type="text/html; charset=utf-8",
            headers={
                "Content-Security-Policy": _BODY_POLICY.format(images=images),
                "X-Frame-Options": "SAMEORIGIN",
                "Referrer-Policy": "no-referrer",
            },
        )

    def give_mail(self, visit: Visit) -> Response:
        """Give the bytes that would leave, to be opened in a mail program."""
        look, *_ = _look(visit, Wish.of(visit))
        return Response(
            look.preview.message.mime,
            media_type="message/rfc822",
            headers={"Content-Disposition": 'attachment; filename="preview.eml"'},
        )


def _previewer(visit: Visit, wish: Wish) -> Previewer:
    """Take the message as its files are now, or as a campaign is planned."""
    return previewer_of(
        visit.db,
        visit.settings,
        visit.named("name"),
        campaign=wish.campaign,
        language=wish.language,
        day=day_in(wish.day),
        now=visit.now,
    )


def _look(visit: Visit, wish: Wish) -> tuple[Look, str, str, str]:
    """Make the message; give the queries of the one before and after, and whose it is in words."""
    if wish.supporter_id and not visit.person.may(May.SEE_PEOPLE):
        raise HTTPException(403, detail=May.SEE_PEOPLE)
    previewer = _previewer(visit, wish)
    if wish.supporter_id:
        look = look_at(previewer, visit.db, wish.supporter_id)
        others = dict(enumerate(wish.among))
        here = wish.among.index(wish.supporter_id) if wish.supporter_id in wish.among else -2
        before, after = (
            wish.query(**{"as": others[there]}) if there in others else ""
            for there in (here - 1, here + 1)
        )
        place = f"{here + 1} of {len(others)} telling people" if here >= 0 else ""
        return look, before, after, place
    look, readers = look_at_made_up(previewer, visit.db, wish.made)
    return (
        look,
        wish.query(made=wish.made - 1 or "") if wish.made else "",
        wish.query(made=wish.made + 1) if wish.made + 1 < len(readers) else "",
        f"{wish.made + 1} of {len(readers)} made-up readers: {readers[wish.made]}",
    )


def _findings(visit: Visit, wish: Wish, look: Look) -> tuple[Finding, ...]:
    if wish.campaign:
        return check_planned(visit.db, wish.campaign, now=visit.now).findings
    name, day = visit.named("name"), look.day
    return check_template(visit.db, visit.settings, name, day=day, now=visit.now).findings


def _headers(mime: bytes) -> list[tuple[str, str]]:
    """Read the headers of the very bytes, as a mail program does."""
    parsed = message_from_bytes(mime, policy=policy.default)
    return [(name, str(value)) for name, value in parsed.items()]


def _one_of(words: tuple[str, ...], said: str) -> str:
    return said if said in words else words[0]
