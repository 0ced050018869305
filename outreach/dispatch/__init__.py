"""From a planned campaign to letters that left: the ledger, the sender and the transports.

`ledger.MOVES` is the truth about what may happen to a letter. A row stands in the ledger for
everybody of the audience before anything is sent; it is claimed, and that is on the disk, before a
transport is called; and what became of it is written down afterwards. What a transport must do
stands in docs/adding-a-transport.md.
"""
