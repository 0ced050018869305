"""Who works at the desk: names and roles, how they get in, and what they did there."""

from outreach.staff.people import Person
from outreach.staff.roles import MAY, May, Role

__all__ = ["MAY", "May", "Person", "Role"]
