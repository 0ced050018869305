"""What servers answer, in the words of many, and what that says of the address."""
# ruff: noqa: E501 - what servers say is not ours to wrap

from __future__ import annotations

import pytest

from outreach.model import BounceClass
from outreach.replies.failures import enhanced_code, failure_class

#: nobody is there, or no longer
DEAD = [
    "550 5.1.1 <a@b.example>: Email address could not be found, or was misspelled (G8)",
    "550 5.1.0 Address rejected.",
    "550 #5.1.0 Address rejected.",
    "550 5.1.1 RCPT TO:<a@b.example> User does not exist",
    "550-5.1.1 The email account that you tried to reach does not exist. Please try",
    "553 5.3.0 <a@b.example>... No such user here",
    "550 Mailbox unavailable or access denied - <a@b.example>",
    "550 5.2.1 <a@b.example>... Mailbox disabled, not accepting messages",
    "550 5.2.1 The email account that you tried to reach is disabled.",
    "554 30 Sorry, your message to a@b.example cannot be delivered. This mailbox is disabled (554.30).",
    "554 delivery error: dd Sorry your message to a@b.example cannot be delivered. This account has been disabled or discontinued [#102].",
    "550 5.4.4 Invalid domain",
    "5.1.2 The recipient's domain b.example does not exist",
    "550 5.1.1 User unknown; rejecting",
    "550 Unknown user",
    "550 no such user here",
    '550 unknown local-part "a" in domain b.example',
    "550 Invalid recipient a@b.example (Mode: normal)",
    "550 <a@b.example> Recipient not found. <https://help.example>",
    "550 5.1.1 unknown or illegal alias: a@b.example",
    "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)",
    "550 #5.1.1 user unknown",
    "550 User [a@b.example] not found",
    "550 Mail not accepted. Recipient unknown",
    "550 cuda_nsu No such user (a@b.example)",
    "554 5.1.1 Mailbox name not allowed",
    "553 5.1.2 We weren't able to find the recipient domain.",
    "550 5.1.1 Recipient address rejected: User unknown in virtual mailbox table",
    "550 5.1.1 sid=... Address Rejected (in reply to RCPT TO command)",
    "550 5.0.350 Remote server returned an error -> 550 Mailbox not found",
    "501 5.1.3 Invalid address",
    "501 Bad address syntax",
    "550 The account or domain may not exist, they may be blacklisted, or missing the proper dns entries.",
    "550 permanent failure for one or more recipients (a@b.example:unknown user)",
    "550 account expired",
    "550 5.2.1 Account suspended",
    "550 This address is no longer in use",
    "550 User has moved to a@c.example",
    "551 User not local; please try <a@c.example>",
    "550 5.4.310 DNS domain b.example does not exist",
    "552 1 Requested mail action aborted, mailbox not found",
    "550 User is locked",
    "550 Ups, no such account",
    "559 sorry, mailbox currently unavailable (#5.1.9)",
    "550 5.2.0 Mailbox has been frozen",
    "550 a@b.example is not a valid mailbox",
    "550 sorry, that recipient has been denied. (#5.7.1)",
    "5.1.6 recipient no longer on server: a@b.example",
    "550 Previous (cached) callout verification failure",
    "550 5.1.1 Mail Refused - Address <a@b.example> Recipient Unknown",
    "550 Addressee unknown, relay=[192.0.2.1]",
    "550 Requested action not taken: mailbox unavailable",
    "550 Invalid Recipient",
    "554 5.2.0 STOREDRV.Deliver.Exception:AccountDisabledException; Failed to process message due to a permanent exception",
]
#: full, too big, or not now: the address may be well
LATER = [
    "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.",
    "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints",
    "451 4.7.1 Greylisting in action, please come back in 00:05:00",
    "450 4.7.1 <a@b.example>: Recipient address rejected: Greylisted",
    "552 5.2.2 This message is larger than the current system limit or the recipient's mailbox is full.",
    "552 Requested mail action aborted: exceeded storage allocation",
    "552 5.3.4 Message size exceeds fixed limit",
    "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
    "Host or domain name not found. Name service error for name=b.example type=MX: Host not found, try again",
    "connect to mx.b.example[192.0.2.1]:25: Connection refused",
    "connect to mx.b.example[192.0.2.1]:25: No route to host",
    "mail for b.example loops back to myself",
    "550 5.4.6 too many hops",
    "delivery temporarily suspended: lost connection with mx.b.example while sending RCPT TO",
    "conversation with mx.b.example timed out while receiving the initial server greeting",
    "554 5.0.0 Service unavailable",
    "451 Requested action aborted: local error in processing",
    "552 sorry, that message size exceeds my databytes limit (#5.3.4)",
    "554 Quota exceeded; user's mailbox is over the limit",
    "550 5.2.2 user has exceeded his disk quota",
    "452 4.3.1 Insufficient system storage",
    "550 User mailbox is overquota",
    "421 Too many concurrent connections",
    "451 4.4.2 Timeout waiting for data",
    "454 4.7.5 Certificate validation failure",
    "smtp;554 4.4.7 Message expired: unable to deliver in 840 minutes.<451 4.3.0 Temporary server error>",
    "550 4.4.7 QUEUE.Expired; message expired",
    "550 5.4.300 Message expired -> 421 4.4.0 connection timed out",
    "550 5.4.316 Message expired, connection refused(Socket error code 10061)",
    "550 5.4.317 Message expired, cannot connect to remote server",
    "550 5.4.312 DNS query failed",
    "554 5.4.14 Hop count exceeded - possible mail loop",
    "550 RP-001 The mail server IP connecting to this server has exceeded the rate limit allowed",
    "450 The following recipient domains failed: DNS lookup",
    "554 5.7.0 Message size exceeds maximum value",
    "450 Requested mail action not taken: mailbox unavailable",
    "554 5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour",
]
#: the mail, its sender or its server was refused
POLICY = [
    "554 5.7.1 <a@b.example>: Relay access denied",
    "550 relay not permitted",
    "550 5.7.1 Unable to relay",
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.5.3 - chkuser)",
    "550 5.7.1 Message rejected due to content restrictions",
    "550 SPF check failed",
    "550 5.7.26 This mail is unauthenticated, which poses a security risk to the sender and Gmail users",
    "550 5.7.1 Email rejected per DMARC policy for example.org",
    "554 5.7.9 Message not accepted for policy reasons.",
    "550 5.7.1 [192.0.2.1] Our system has detected that this message is likely unsolicited mail.",
    "554 5.7.1 This message has been blocked because it contains a virus",
    "550 Blocked by SpamAssassin",
    "550 JunkMail rejected - mail.example.org [192.0.2.1] is in an RBL",
    "521 5.2.1 :  AOL will not accept delivery of this message.",
    "550 Administrative prohibition",
    "550 High probability of spam",
    "571 Email from 192.0.2.1 is currently blocked by the provider's anti-spam system",
    "550 Rejected",
    "550 5.7.1 Recipient not authorized, your IP has been found on a block list",
    "550 5.7.1 Sender's IP address is blocked",
    "Your mail server IP has a poor reputation",
    "550 5.7.606 Access denied, banned sending IP [192.0.2.1].",
    "550 5.7.708 Access denied, traffic not accepted from this IP",
    "550 5.1.8 Access denied, bad outbound sender",
    "553 5.1.8 <news@o.example>... Domain of sender address news@o.example does not exist",
    "550 5.1.20 Multiple From addresses are not allowed",
    "550 5.7.1 <a@b.example>... Access denied",
    "550 Sender verify failed",
    "550 5.7.25 The IP address sending this message does not have a PTR record",
    "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation.",
    "554 rejected due to spam URL in content",
    "550 DY-001 Mail rejected for policy reasons. We generally do not accept email from dynamic IP's",
    "MI:SPB 163 smtp: 554 DT:SPM",
    "550 MI:ULN, 163",
    "550 Message rejected because SPF check failed",
    "550 OU-002 Mail rejected by Windows Live Hotmail for policy reasons. Reasons for rejection may be related to content with spam-like characteristics",
    "557 5.7.1 DYNAMIC spamtrap",
    "550 Envelope blocked - User Entry",
    "550 Rejected by header based Anti-Spoofing policy",
    "550 5.1.1 <a@b.example> is not accepting mail from this sender",
    "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
]


@pytest.mark.parametrize("answer", DEAD)
def test_an_answer_says_that_nobody_is_there(answer: str) -> None:
    """Only of such an address nobody has to be reminded."""
    assert failure_class("failed", "", answer) is BounceClass.DEAD_ADDRESS


@pytest.mark.parametrize("answer", LATER)
def test_an_answer_blames_the_moment(answer: str) -> None:
    """A full mailbox or a busy server says nothing of the address."""
    assert failure_class("failed", "", answer) is BounceClass.TEMPORARY


@pytest.mark.parametrize("answer", POLICY)
def test_an_answer_blames_the_mail_or_who_sent_it(answer: str) -> None:
    """What is wrong with us is never laid at a supporter's door."""
    assert failure_class("failed", "", answer) is BounceClass.POLICY


@pytest.mark.parametrize(
    ("action", "status", "answer", "expected"),
    [
        ("delivered", "5.1.1", "550 user unknown", BounceClass.DELIVERED),
        ("relayed", "", "", BounceClass.DELIVERED),
        ("expanded", "2.1.5", "", BounceClass.DELIVERED),
        ("delayed", "4.1.1", "450 4.1.1 user unknown", BounceClass.TEMPORARY),
        ("failed", "4.1.1", "450 4.1.1 user unknown", BounceClass.DEAD_ADDRESS),
        ("failed", "4.4.1", "connection timed out", BounceClass.TEMPORARY),
        ("failed", "5.1.1", "550 blocked by a blacklist", BounceClass.POLICY),
        ("failed", "5.7.1", "550 5.7.1 no such user", BounceClass.DEAD_ADDRESS),
        ("failed", "5.1.1", "", BounceClass.DEAD_ADDRESS),
        ("failed", "5.2.2", "", BounceClass.TEMPORARY),
        ("failed", "5.7.1", "", BounceClass.POLICY),
        ("failed", "5.0.0", "", BounceClass.TEMPORARY),
        ("", "", "", BounceClass.TEMPORARY),
    ],
)
def test_action_and_words_and_code_are_weighed(
    action: str, status: str, answer: str, expected: BounceClass
) -> None:
    """The action comes first, then the words, then the code; what can't be told is not dead."""
    assert failure_class(action, status, answer) is expected


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("550 5.1.1 user unknown", "5.1.1"),
        ("550-5.1.1 user unknown", "5.1.1"),
        ("no mailbox here by that name. (#5.1.1)", "5.1.1"),
        ("#550 5.1.10 RESOLVER", "5.1.10"),
        ("Status: 5.2.2", "5.2.2"),
        ("by mx.example.net (Exim 4.99.5) with ESMTP", ""),
        ("by mx.example.net (Exim 4.1.5) with ESMTP", ""),
        ("from host 5.1.1.7", ""),
        ("PHP 5.3.10 on Linux 4.4.0", ""),
    ],
)
def test_a_code_is_read_only_where_a_server_says_one(words: str, code: str) -> None:
    """Versions and addresses look like codes."""
    assert enhanced_code(words) == code
