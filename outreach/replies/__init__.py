"""Mails that come in: read them from files, store them raw, understand them, find whom they answer.

Understanding is a function of bytes (`understand`); only `inbox` writes: inbound, replies.
"""

from outreach.replies.bounces import Bounce
from outreach.replies.understand import Understanding, understand
from outreach.replies.verdict import BY_PEOPLE

__all__ = ["BY_PEOPLE", "Bounce", "Understanding", "understand"]
