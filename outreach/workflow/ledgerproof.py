"""Write a campaign's ledger into a file that proves itself, and verify such a file."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from outreach import addresses
from outreach.dispatch import campaigns
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.proof import (
    Header,
    ProofRow,
    header_of,
    key_mark,
    person_hash,
    proof_key,
    proof_lines,
)
from outreach.dispatch.proofreading import Difference, ProofFile, Standing, differences
from outreach.errors import AlreadyExists, InputError, NotFound
from outreach.model import DeliveryState, Progress, no_progress
from outreach.store import Database, signing_keys, snapshot, stored_keys
from outreach.tokens import SigningKey

#: contradictions that are told one by one
SHOWN: Final = 20
_BROKEN: Final = "the file is not whole"
_REPLANNED: Final = "the campaign was planned again since"
#: rows between two reports of progress
_STEP: Final = 1000
#: whoever has one of these has, or may have, the message
_LEFT: Final = frozenset(
    {
        DeliveryState.CLAIMED,
        DeliveryState.ACCEPTED,
        DeliveryState.REFUSED,
        DeliveryState.IN_DOUBT,
    }
)


@dataclass(frozen=True, slots=True)
class Proved:
    """A proof that was written."""

    campaign: str
    file: str
    rows: int
    #: of the last line: whoever notes it down can tell this proof from any other
    chain: str


def write_proof(
    db: Database, name: str, file: Path, *, now: datetime, progress: Progress = no_progress
) -> Proved:
    """Write the whole ledger of a campaign into `file`, which must not exist.

    The file appears complete or not at all, readable by its owner only. The ledger is read as it
    stands at one moment, and nobody waits. May write the first signing key.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
        AlreadyExists: there is a file of that name.
        InputError: the file can't be written.
    """
    if file.exists():
        raise _exists(file)
    _, keys = signing_keys(db, now)
    chain = ""
    try:
        with _appearing(file) as writing, snapshot(db):
            campaign = campaigns.get(db, name)
            for line, chain in proof_lines(db, campaign, proof_key(keys), progress):  # noqa: B007
                writing.write(line)
    except FileExistsError as error:
        raise _exists(file) from error
    except OSError as error:
        raise InputError(
            f"the proof can't be written: {error.strerror}",
            file=file,
            next_step="choose another place",
        ) from error
    return Proved(name, str(file), campaign.audience, chain)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the file itself."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """What a proof says of one person."""

    line: int
    row: ProofRow


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found in a proof."""

    file: str
    proof: Header
    #: None where every line follows from the one above, and the counts add up
    fault: Fault | None
    #: rows by state, as far as the file could be read
    counts: Mapping[str, int]
    #: of the last line that could be read
    chain: str
    #: why it could not be compared with the ledger; '' where it was
    not_compared: str = ""
    #: rows that went on since by legal moves, by move
    moved_on: Mapping[str, int] = field(default_factory=dict)
    contradictions: int = 0
    #: the first of them
    shown: tuple[Difference, ...] = ()
    #: None where nobody was asked for
    person: tuple[PersonLine, ...] | None = None
    #: whether lines end with CRLF by now, and say the same
    line_ends_changed: bool = False

    @property
    def good(self) -> bool:
        """Whether the file is whole and nothing in the ledger contradicts it."""
        return self.fault is None and not self.contradictions


def verify_proof(
    db: Database | None, file: Path, *, person: str = "", progress: Progress = no_progress
) -> Verified:
    """Read a proof, and compare it with the ledger of `db` if that has this campaign and key.

    With an address as `person` it also tells what the proof says of them; the file holds no
    address. Reads only, a line at a time.

    Raises:
        NotFound: there is no such file.
        InputError: it can't be read, or is no proof; or `person` is no address, or can't be looked
            for without the key.
    """
    try:
        with file.open("rb") as reading:
            proof = ProofFile(reading, str(file))
            with nullcontext() if db is None else snapshot(db):
                return _verified(db, proof, file, person, progress)
    except FileNotFoundError as error:
        raise NotFound("there is no such file", file=file) from error
    except OSError as error:
        raise InputError(f"the file can't be read: {error.strerror}", file=file) from error


def _verified(
    db: Database | None, proof: ProofFile, file: Path, person: str, progress: Progress
) -> Verified:
    key = _key(db, proof.header)
    wanted = _wanted(person, key)
    found: list[PersonLine] = []
    tally = _Tally()

    def rows() -> Iterator[tuple[int, ProofRow]]:
        for line, row in proof.rows():
            if row.person == wanted:
                found.append(PersonLine(line, row))
            if not line % _STEP:
                progress(line, proof.header.audience)
            yield line, row

    campaign, why_not = _same_campaign(db, proof.header, key)
    fault = None
    try:
        if db is not None and key is not None and campaign is not None:
            for difference in differences(db, campaign, key, rows()):
                tally.add(difference)
        else:
            for _ in rows():
                pass
    except InputError as error:
        # of a file that was tampered with nothing more is believed
        fault, tally, why_not = Fault(error.line or 1, error.problem), _Tally(), _BROKEN
    if why_not == _REPLANNED and any(proof.counts[state] for state in _LEFT):
        fault = fault or Fault(1, "letters had left, and yet the campaign was planned again since")
    return Verified(
        file=str(file),
        proof=proof.header,
        fault=fault,
        counts=dict(proof.counts),
        chain=proof.chain,
        not_compared=why_not,
        moved_on=dict(tally.moved_on.most_common()),
        contradictions=tally.contradictions,
        shown=tuple(tally.shown),
        person=tuple(found) if wanted else None,
        line_ends_changed=proof.line_ends_changed,
    )


@dataclass(slots=True)
class _Tally:
    moved_on: Counter[str] = field(default_factory=Counter)
    contradictions: int = 0
    shown: list[Difference] = field(default_factory=list)

    def add(self, difference: Difference) -> None:
        if difference.standing is Standing.MOVED_ON:
            self.moved_on[difference.what] += 1
            return
        self.contradictions += 1
        if self.contradictions <= SHOWN:
            self.shown.append(difference)


def _key(db: Database | None, header: Header) -> SigningKey | None:
    """Give the key that the proof was made with, if we have it."""
    key = stored_keys(db).get(header.key_id) if db is not None else None
    return key if key is not None and key_mark(key) == header.key_mark else None


def _wanted(person: str, key: SigningKey | None) -> str:
    if not person:
        return ""
    address = addresses.normalise(person)
    if not address:
        raise InputError("this is no email address", value=person)
    if key is None:
        raise InputError(
            "nobody can be looked for in this proof without the key that it was made with",
            next_step="verify it in the workspace that it comes from",
        )
    return person_hash(key, address).hex()


def _same_campaign(
    db: Database | None, header: Header, key: SigningKey | None
) -> tuple[Campaign | None, str]:
    """Give the campaign that the proof is of; or None, and why it can't be compared."""
    if db is None:
        return None, "there is no workspace here"
    try:
        campaign = campaigns.get(db, header.campaign)
    except NotFound:
        return None, "this workspace has no campaign of that name"
    if key is None:
        return None, "this workspace doesn't have the key that it was made with"
    if header_of(campaign, key) != header:
        return None, _REPLANNED
    return campaign, ""


def _exists(file: Path) -> AlreadyExists:
    return AlreadyExists(
        "there is a file of that name already, and a proof replaces nothing", file=file
    )


@contextmanager
def _appearing(file: Path) -> Iterator[IO[bytes]]:
    """Write a file that appears under its name when it is complete and on the disk.

    Raises:
        FileExistsError: somebody else made a file of that name meanwhile; it stands.
    """
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".proof-", delete=False) as draft:
        try:
            yield draft
            draft.flush()
            os.fsync(draft.fileno())
            _name(Path(draft.name), file)
        finally:
            Path(draft.name).unlink(missing_ok=True)


def _name(draft: Path, file: Path) -> None:
    """Give a finished file its name, unless there is one of that name."""
    try:
        os.link(draft, file)
    except FileExistsError:
        raise
    except OSError:
        # a disk that knows no second names
        if file.exists():
            raise FileExistsError(file) from None
        draft.rename(file)
