"""Forms of the desk's pages: their stamps, and what somebody sent that could not be done. Pure.

A refused form is shown again as it was sent, with what is wrong above its fields. Where the page
has no such form any more, or shows something newer, all that was sent stands above the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

#: the hidden fields of each form: which form it is, and the proof that this session was shown it
FORM: Final = "form"
SEAL: Final = "seal"
#: fields that nobody types
_OURS: Final = frozenset({FORM, SEAL, "version", "seen", "held_at"})
_HIDDEN: Final = Markup('<input type="hidden" name="{}" value="{}">')
#: the browser goes to it, also without scripts
_NOTICE: Final = Markup(
    '<p class="wrong" role="alert" id="refused" tabindex="-1" autofocus>Not done: {}</p>'
)


@dataclass(slots=True)
class Refusal:
    """That what somebody sent was not done, and why."""

    #: the path that it was sent to
    action: str
    #: all fields as they came
    sent: Mapping[str, str]
    #: sentences
    why: str
    #: whether the page has shown the form again
    is_shown: bool = False

    @property
    def typed(self) -> list[tuple[str, str]]:
        """What somebody filled in, to be shown to them where the form itself isn't."""
        return typed(self.sent)


@dataclass(frozen=True, slots=True)
class Form:
    """One form on a page. Written into it, it gives its hidden fields, and why it was refused."""

    stamp: Markup
    hidden: Mapping[str, str]
    #: None where it is shown for the first time
    refusal: Refusal | None = None

    def sent(self, name: str, default: object = "") -> str:
        """Give what stands in a field: as it was sent, if the form was; else `default`."""
        return str(default) if self.refusal is None else self.refusal.sent.get(name, "")

    def ticked(self, name: str, value: str = "yes", *, default: bool = False) -> bool:
        """Whether a box, or this one of several buttons, is ticked."""
        return default if self.refusal is None else self.refusal.sent.get(name) == value

    def over(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """Give what stands in many fields, where `values` are those of a form that wasn't sent."""
        return values if self.refusal is None else self.refusal.sent

    def __html__(self) -> str:
        """Write its hidden fields, and the notice."""
        fields = Markup("").join(_HIDDEN.format(*field) for field in self.hidden.items())
        return self.stamp + fields + (_NOTICE.format(self.refusal.why) if self.refusal else "")


def typed(sent: Mapping[str, str]) -> list[tuple[str, str]]:
    """Give the fields that somebody filled in."""
    return [(name, text) for name, text in sent.items() if text.strip() and name not in _OURS]


def stamp(form: str, seal: str) -> Markup:
    """Write the fields that tell a form from all others, and prove that it was shown."""
    return _HIDDEN.format(FORM, form) + _HIDDEN.format(SEAL, seal)


def shown(action: str, hidden: Mapping[str, str], stamp: Markup, refusal: Refusal | None) -> Form:
    """Give the form of a page that is sent to `action`: again, where it is the refused one.

    What its hidden fields say tells it from others that are sent there, and from itself as it was
    before somebody else changed what they stand for.
    """
    if refusal is None or refusal.is_shown or refusal.action != action:
        return Form(stamp, hidden)
    if any(refusal.sent.get(name) != value for name, value in hidden.items()):
        return Form(stamp, hidden)
    refusal.is_shown = True
    return Form(_same(refusal.sent), hidden, refusal)


def _same(sent: Mapping[str, str]) -> Markup:
    # so that of the two, as it is shown now and on the page before, one can be sent
    return stamp(sent[FORM], sent[SEAL])
