"""Who works at the desk, and what they did: for admins."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from outreach.errors import InputError
from outreach.staff import MAY, May, Role
from outreach.staff.links import LIVES
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Entry, Visit, number_in
from outreach.workflow import staff


class Colleagues:
    """Adds and removes staff, and makes their links."""

    entry = Entry("Staff", "/staff", "s", May.MANAGE_STAFF)

    def __init__(self, shell: Shell) -> None:
        may = May.MANAGE_STAFF
        self.routes: list[Route] = [
            shell.page("/staff", self.list_staff, may),
            shell.page("/acts", self.list_acts, may),
        ]
        acts = {
            "/staff": self.add_staff,
            "/staff/link": self.make_link,
            "/staff/role": self.change_role,
            "/staff/remove": self.remove_staff,
            "/staff/sign-out": self.end_sessions,
        }
        self.routes += [
            shell.act(at, act, may, again=self.list_staff, back="/staff")
            for at, act in acts.items()
        ]

    def list_staff(self, visit: Visit) -> Response:
        """List them."""
        people = staff.list_staff(visit.db)
        admins = [person for person in people if person.role is Role.ADMIN]
        return visit.show(
            "staff.html",
            people=people,
            new=next((one for one in people if one.name == visit.asked("new")), None),
            last_admin=admins[0] if len(admins) == 1 else None,
            roles=list(Role),
            can=MAY,
        )

    def list_acts(self, visit: Visit) -> Response:
        """List what everybody did."""
        before = number_in(visit.asked("before"))
        return visit.show("acts.html", acts=staff.list_acts(visit.db, before=before))

    def add_staff(self, visit: Visit) -> Response:
        """Add somebody."""

        def task() -> str:
            person = staff.add_staff(
                visit.db,
                visit.sent("name"),
                role=visit.sent("role"),
                email=visit.sent("email"),
                by=visit.person,
                now=visit.now,
            )
            return f"Added {person.name} as {person.role}. Make a login link for them."

        subject = f"staff {visit.sent('name')}"
        answer = visit.perform("add to the staff", subject, task, then="/staff")
        answer.headers["location"] += f"&{urlencode({'new': visit.sent('name')})}"
        return answer

    def change_role(self, visit: Visit) -> Response:
        """Give somebody another role."""
        name, role = visit.sent("name"), visit.sent("role")

        def task() -> str:
            person = staff.change_role(visit.db, name, role, by=visit.person, now=visit.now)
            return f"{person.name} is {person.role} now."

        then = "/" if name == visit.person.name and role != Role.ADMIN else "/staff"
        return visit.perform("change the role of", f"staff {name}", task, then=then)

    def make_link(self, visit: Visit) -> Response:
        """Make a link and show it once: it is kept nowhere."""
        name = visit.sent("name")

        def task() -> tuple[str, str]:
            secret = staff.login_secret(visit.db, name, by=visit.person, now=visit.now)
            return f"Made a login link for {name}.", secret

        done = visit.do("make a login link", f"staff {name}", task)
        if not done.value:
            return visit.lead("/staff", done)
        at = visit.settings.desk.url.rstrip("/") or str(visit.request.base_url).rstrip("/")
        minutes = int(LIVES.total_seconds() // 60)
        link = f"{at}/sign-in/{done.value}"
        return visit.show("link.html", name=name, link=link, minutes=minutes)

    def remove_staff(self, visit: Visit) -> Response:
        """Remove somebody."""
        name = visit.sent("name")

        def task() -> str:
            if not visit.sent("sure"):
                raise InputError(
                    "nobody was removed: the box was not ticked",
                    next_step="tick it if you are sure",
                )
            ended = staff.remove_staff(visit.db, name, by=visit.person, now=visit.now)
            return f"Removed {name}. Sessions that ended: {ended}."

        return visit.perform("remove from the staff", f"staff {name}", task, then="/staff")

    def end_sessions(self, visit: Visit) -> Response:
        """Sign somebody out everywhere."""
        name = visit.sent("name")

        def task() -> str:
            ended = staff.end_sessions(visit.db, name, by=visit.person, now=visit.now)
            return f"Signed {name} out. Sessions that ended: {ended}."

        return visit.perform("sign out", f"staff {name}", task, then="/staff")
