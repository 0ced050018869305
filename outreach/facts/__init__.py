"""What messages may state: sourced, dated figures and cases; the actions that were counted.

`sheet` reads `templates/facts/*.toml`, `problems` says what is doubtful in them; `actions` keeps
who did what, which is the only table here, and `counting` adds it up for a message.
"""
