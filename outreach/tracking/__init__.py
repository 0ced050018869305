"""What providers tell of letters after they took them: signed webhooks become events.

`sendgrid` understands the words of one provider, `journal` keeps what came, `subjects` finds whom
an event is about, `effects` does what follows.
"""
