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
from outreach.web.limiter import Limiter, client_of
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
    all_forms: Limiter

    async def by_token(
        self, request: Request, task: Callable[[Database], R], *, writes: bool = False
    ) -> R:
        """Do what a token lets its bearer do; `writes` says whether that is to change anything.

        What a token proves it proves for whoever else is behind the same address too: so only wrong
        ones are counted, and a right one always works.

        Raises:
            HTTPException: 404 for a wrong token, 429 for one too many.
            OutreachError: whatever else `task` raises.
        """
        try:
            return await (self.house.write(task) if writes else self.house.work(task))
        except NotFound:
            if self.guesses.allows(client_of(request)):
                raise HTTPException(404) from None
            raise HTTPException(429, headers={"Retry-After": str(GUESSES_WITHIN)}) from None

    def allow_form(self, request: Request) -> None:
        """Count a form that was filled in.

        Raises:
            HTTPException: 429, for one too many.
        """
        if not (self.forms.allows(client_of(request)) and self.all_forms.allows("")):
            raise HTTPException(429, headers={"Retry-After": str(FORMS_WITHIN)})
