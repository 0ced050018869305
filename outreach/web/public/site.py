"""What the handlers of all public pages share: worker threads, pages, and the count of guesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from outreach.errors import NotFound
from outreach.store import Database
from outreach.web.house import House
from outreach.web.limiter import Limiter, networks_of
from outreach.web.public.readers import Readers

R = TypeVar("R")

#: seconds that `Bounds.guesses` and `Bounds.forms` are counted over
GUESSES_WITHIN: Final = 600
FORMS_WITHIN: Final = 3600


@dataclass(frozen=True, slots=True)
class Site:
    """The public side of one workspace."""

    house: House
    readers: Readers
    guesses: Limiter
    forms: Limiter
    #: forms to which a letter of ours led, by its number: no stranger uses them up
    invited_forms: Limiter

    async def by_token(
        self,
        request: Request,
        task: Callable[[Database], R],
        *,
        proved_by: Callable[[Database], object] | None = None,
    ) -> R:
        """Do what a token lets its bearer do.

        A `task` that is to change anything is `proved_by` one that reads the token only: whoever
        guesses must not get the turn to write, for which others wait. What a token proves it proves
        for whoever else is behind the same address too: so only wrong ones are counted, and a right
        one always works.

        Raises:
            HTTPException: 404 for a wrong token, 429 for one too many.
            OutreachError: whatever else `task` raises.
        """
        try:
            if proved_by is None:
                return await self.house.work(task)
            await self.house.work(proved_by)
            return await self.house.write(task)
        except NotFound:
            if self.guesses.allows(*networks_of(request)):
                raise HTTPException(404) from None
            raise HTTPException(429, headers={"Retry-After": str(GUESSES_WITHIN)}) from None

    def allows_form(self, request: Request, letter: int | None) -> bool:
        """Count a form; give whether it is not one too many of its letter, or of its network."""
        if letter is not None:
            return self.invited_forms.allows(str(letter))
        return self.forms.allows(*networks_of(request))
