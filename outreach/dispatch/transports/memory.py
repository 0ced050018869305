"""A transport into a list, for tests: it does what it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from outreach.model import Letter, Outcome, Verdict


def accept(letter: Letter) -> Outcome:
    """Accept a letter, with its attempt's id as the provider's."""
    return Outcome(letter.delivery_id, Verdict.ACCEPTED, provider_id=letter.attempt_id)


class Memory:
    """Keeps the letters it accepted; `answer` decides on each, and may raise."""

    name = "memory"

    def __init__(self, answer: Callable[[Letter], Outcome] = accept) -> None:
        self.answer = answer
        self.accepted: list[Letter] = []

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Ask `answer` about each letter."""
        for letter in letters:
            outcome = self.answer(letter)
            if outcome.verdict is Verdict.ACCEPTED:
                self.accepted.append(letter)
            yield outcome

    def close(self) -> None:
        """Nothing is open."""
