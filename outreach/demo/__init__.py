"""A made-up list of supporters, what they did, and how some of them answer: what the demo runs on.

Pure: the same seed gives the same bytes with every Python. Nobody here exists; every address is on
a name that is reserved for examples (RFC 2606). Printing and calling is `outreach.cli.demo`'s work.
"""
