"""Personal newsletters to many supporters, and a queue for those who write back."""

__version__ = "0.1.0"
