"""People's mails that look like machines', and machines' mails that look like nothing in particular."""
# ruff: noqa: E501 - what people and servers say is not ours to wrap

from __future__ import annotations

import pytest

from outreach.model import ReplyKind
from outreach.replies import BY_PEOPLE, Understanding, understand

#: sender, subject, what the person writes
PEOPLE = [
    (
        "Jo Postmaster <jo@x.org>",
        "Undelivered letters",
        "Hi, the letters could not be delivered to the prison. Can you help?",
    ),
    (
        "Jo <jo@x.org>",
        "Mail delivery failed",
        "I tried to write to you yesterday and it failed with 550 5.1.1 user unknown. Did you change your address?",
    ),
    (
        "Jo <jo@x.org>",
        "Returned mail",
        "My mail was returned. 550 mailbox full it said. Please check your mailbox.",
    ),
    ("Jo <jo@x.org>", "Failure", "I think the campaign is a failure. What went wrong?"),
    ("Jo <jo@x.org>", "Re: Undeliverable: You're 1 in 2 million", "It works now, thanks."),
    (
        "Jo <jo@x.org>",
        "Fwd: Delivery Status Notification (Failure)",
        "fyi\n\n---------- Forwarded message ---------\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\n\nAddress not found. 550 5.1.1\n\n----- Original message -----\nReceived: by x\n",
    ),
    (
        "Jo <jo@x.org>",
        "Undelivered Mail Returned to Sender",
        "Hello, what is this?\n\nThis is the mail system at host x.\n\n<a@b.example>: 550 5.1.1 user unknown\n",
    ),
    (
        "Mail Delivery Manager <post@dhl.example>",
        "Cooperation",
        "I am the mail delivery manager of our town and want to help.",
    ),
    (
        "Administrator <admin@school.example>",
        "Your message",
        "Your message was read out to all our pupils. We would like to hold an event.",
    ),
    (
        "IT Support <support@x.org>",
        "Undeliverable mail in your list",
        "Some addresses of your list are wrong. Shall I send you the right ones?",
    ),
    ("Jo <jo@x.org>", "Auto-mobile club wants to help", "We would like to help."),
    (
        "Jo <jo@x.org>",
        "Automatic weapons letter",
        "I read your letter about automatic weapons. Can I reprint it?",
    ),
    (
        "Jo <jo@x.org>",
        "Out of office workers, a group",
        "We are a group of out of office workers who want to organise.",
    ),
    ("Jo <jo@x.org>", "Away with torture", "I want to help!"),
    ("Jo <jo@x.org>", "Absence", "In the absence of news I ask: are they alive?"),
    (
        "Jo <jo@x.org>",
        "Urlaub in Togo",
        "Ich bin im Urlaub in Togo, kann ich dort etwas organisieren?",
    ),
    (
        "Jo <jo@x.org>",
        "Vacances",
        "Je suis en vacances jusqu'au 10 mars mais je voudrais organiser une soirée.",
    ),
    ("Jo <jo@x.org>", "Confirmation", "I confirm that I will come. What time does it start?"),
    ("Jo <jo@x.org>", "Receipt", "Can I have a receipt for my donation?"),
    ("Jo <jo@x.org>", "Lu: votre lettre", "J'ai lu votre lettre, merci beaucoup !"),
    (
        "Jo <jo@x.org>",
        "Read: prisoners",
        "When will you publish the list of prisoners? I sent it at 10:00 and at 11:00.",
    ),
    (
        "Jo <jo@x.org>",
        "Complaint about message from your staff",
        "I want to complain: nobody answered me. Why?",
    ),
    ("Jo <jo@x.org>", "Abuse report", "I want to report abuse in a prison. Whom can I write to?"),
    ("Jo <jo@x.org>", "Spam report about our town", "Could you read this?"),
    ("Jo <jo@x.org>", "Hi", "Is this an automated message? I would like to talk to a person."),
    (
        "Jo <jo@x.org>",
        "Hi",
        "Please do not reply to this email address, use jo@y.org. I would like to help.",
    ),
    ("Jo <jo@x.org>", "Re: x", "I am out of office today. Send me the toolkit please."),
    ("Noreen Playfair <noreply.fan@x.org>", "Hi", "I want to help"),
    (
        "Jo <jo@x.org>",
        "Seized funds",
        "The bank seized my bank account and 2 million dollars. Can you write about it?",
    ),
    ("Nanami <nanami@x.jp>", "不在の父", "父が不在になって二年です。助けてくれますか?"),
    (
        "Jo <jo@x.org>",
        "Ticket 12345 received no answer",
        "I wrote weeks ago. Could somebody answer?",
    ),
    ("Jo <jo@x.org>", "Your message received with joy", "Thank you!"),
]

#: sender, Return-Path, subject, what the system says, and what that says of the address
BOUNCES = [
    (
        "Mail Administrator <postmaster@x.org>",
        "",
        "Mail System Error - Returned Mail",
        "This Message was undeliverable due to the following reason:\n\nEach of the following recipients was rejected by a remote mail server.\n\n    Recipient: <a@b.example>\n    Reason:    5.1.1 <a@b.example>... User unknown\n",
        "dead_address",
    ),
    (
        '"Post_Master" <post_master@vtext.example>',
        "",
        "Undeliverable Message",
        "Error:\nNo valid recipients for this MM\n",
        "dead_address",
    ),
    (
        "InterScan MSS <postmaster@x.org>",
        "<>",
        "Mail could not be delivered",
        "****** Message from InterScan Messaging Security Suite ******\n\nSent <<< RCPT TO:<a@b.example>\nReceived >>> 550 5.1.1 <a@b.example>... user unknown\n\nUnable to deliver message to <a@b.example>.\n",
        "dead_address",
    ),
    (
        "Mail Deliver System <md@x.org>",
        "",
        "Mail System Error",
        "The original message was received at Thu\nfrom y.org\n\n---The following addresses had delivery errors---\n\na@b.example [User unknown]\n",
        "dead_address",
    ),
    (
        "<MAILER-DAEMON@hotpop.example>",
        "<>",
        "Delivery failure",
        "The following recipients could not be reached:\n<a@b.example>: mailbox disabled\n",
        "dead_address",
    ),
    (
        "Mail Delivery System <noreply@x.org>",
        "",
        "failed delivery",
        "We were unable to deliver your message to a@b.example: The account has been disabled.\n",
        "dead_address",
    ),
    (
        "root <root@x.org>",
        "<>",
        "Returned mail: Host unknown (Name server: b.example: host not found)",
        "   ----- Transcript of session follows -----\n550 Host unknown (Name server: b.example: host not found)\n",
        "dead_address",
    ),
    (
        "MAILER-DAEMON",
        "<>",
        "Returned mail: Service unavailable",
        "   ----- The following addresses had permanent fatal errors -----\n<a@b.example>\n\n   ----- Transcript of session follows -----\n554 5.0.0 Service unavailable\n",
        "temporary",
    ),
    (
        "Mailer-Daemon@x.org",
        "<>",
        "Mail failure - rejected by local scanning code",
        "A message that you sent was rejected by the local scanning code that\nchecks incoming messages on this system. The following error was given:\n\n  This message contains malware\n",
        "policy",
    ),
    (
        "Mail Delivery System <Mailer-Daemon@x.org>",
        "<>",
        "Mail failure - no recipient addresses",
        "A message that you sent using the -t command line option contained no\naddresses that were not on the command line also.\n",
        "",
    ),
    (
        "Novell GroupWise <Mailer-Daemon@x.org>",
        "",
        "Message status - undeliverable",
        "The message that you sent was undeliverable to the following:\n\ta@b.example (Mailbox full)\n",
        "temporary",
    ),
    (
        '"System Anti-Virus Administrator" <virus@x.org>',
        "<>",
        "VIRUS in message apparently from you",
        "A virus was found in your mail. Delivery of the email was stopped!\n",
        "policy",
    ),
    (
        "Symantec <postmaster@x.org>",
        "<>",
        "Returned mail",
        "Your message was rejected: 554 5.7.1 Message blocked by policy\n",
        "policy",
    ),
    (
        "mailerdaemon@x.org",
        "",
        "DELIVERY FAILURE: 550 5.2.1 Mailbox disabled for a@b.example",
        "Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  a@b.example\n\nbecause:\n\n  550 5.2.1 Mailbox disabled\n",
        "dead_address",
    ),
    (
        "Postmaster@x.org",
        "",
        "DELIVERY FAILURE: 451 try later",
        "Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  a@b.example\n\nbecause:\n\n  Error transferring to b.example; Maximum hop count exceeded.  Message probably in a routing loop.\n",
        "temporary",
    ),
    (
        "MAILER-DAEMON@nifty.example.jp",
        "<>",
        "=?utf-8?B?6YWN5L+h44Ko44Op44O8?=",
        "次の宛先にメールを配信できませんでした。\n\n<a@b.example>\n宛先のユーザが見つかりません。\n",
        "dead_address",
    ),
    (
        "Sistema <mailer-daemon@x.org>",
        "<>",
        "Correo devuelto",
        "El buzón del destinatario está lleno: a@b.example\n",
        "temporary",
    ),
    (
        '"Mail Delivery Subsystem" <MAILER-DAEMON>',
        "",
        "Warning: could not send message for past 1 day",
        "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n\n<a@b.example>... Deferred: Connection timed out with b.example.\n",
        "temporary",
    ),
    (
        "Undisclosed <listserv@x.org>",
        "<>",
        "Rejected posting to NEWS@X.ORG",
        "You are not authorized to send mail to the NEWS list from your account.\n",
        "",
    ),
    (
        "smtp@x.org",
        "<>",
        "Delivery Status Notification",
        "Could not deliver message to the following recipient(s):\n\nFailed Recipient: a@b.example\nReason: Remote host said: 550 no mailbox here\n",
        "dead_address",
    ),
    (
        "Mail Router <router@x.org>",
        "",
        "Message undeliverable",
        "-- Message undeliverable: a@b.example: no such host --\n",
        "dead_address",
    ),
    (
        "MDaemon at x.org <MDaemon@x.org>",
        "<>",
        "Warning: a@b.example - User unknown!",
        "The following addresses are unknown here:\n  a@b.example\n",
        "dead_address",
    ),
    (
        "Mail Delivery Service <mds@x.org>",
        "<>",
        "Delivery Status",
        "- These recipients of your message have been processed by the mail server:\na@b.example; Failed; 5.1.1 (bad destination mailbox address)\n",
        "dead_address",
    ),
]


def mail(sender: str, path: str, subject: str, text: str) -> Understanding:
    """Understand a mail in plain text."""
    head = f"From: {sender}\nTo: news@outreach.example.org\nSubject: {subject}\nMessage-ID: <1@x.org>\n"
    head += f"Return-Path: {path}\n" if path else ""
    return understand(f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode())


@pytest.mark.parametrize(("sender", "subject", "text"), PEOPLE)
def test_a_person_is_never_taken_for_a_machine(sender: str, subject: str, text: str) -> None:
    """They speak of failed deliveries, absences, receipts and abuse as anybody does."""
    assert mail(sender, "<jo@x.org>", subject, text).kind in BY_PEOPLE


@pytest.mark.parametrize(("sender", "path", "subject", "text", "expected"), BOUNCES)
def test_a_bounce_of_an_odd_system_is_told(
    sender: str, path: str, subject: str, text: str, expected: str
) -> None:
    """Systems that know no report, each with its own words."""
    found = mail(sender, path, subject, text)
    assert found.kind == "bounce"
    assert found.bounce is not None
    assert expected in ("", found.bounce.bounce_class)


MARKS = ["Precedence: bulk", "Return-Path: <>", "Reply-To: no-reply@example.org"]


def _marked(mark: str, text: str) -> Understanding:
    sender = "no-reply@example.org" if "no-reply" in mark else "ana@example.org"
    head = f"From: {sender}\nTo: events+{'a2' * 12}@outreach.example.org\n{mark}\n"
    subject = "Subject: Re: You're 1 in 2 million\nIn-Reply-To: <1@outreach.example.org>\n\n"
    return understand(f"{head}{subject}{text}".encode())


@pytest.mark.parametrize("mark", MARKS)
def test_an_offer_that_answers_us_waits_whatever_servers_put_on_it(mark: str) -> None:
    """Nobody is thanked for it by a program, and staff read it."""
    found = _marked(mark, "Yes, I would like to organise an event in Kenya.")
    assert (found.kind, found.certainty) == (ReplyKind.VOLUNTEER, 0.6)


@pytest.mark.parametrize("mark", MARKS)
def test_a_programs_answer_with_such_a_mark_is_automatic(mark: str) -> None:
    """Though it is polite."""
    found = _marked(mark, "Thank you for your message. I am out of the office until Monday.")
    assert found.kind is ReplyKind.AUTO_REPLY
