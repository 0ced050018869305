"""One function for each thing a person can ask for. The faces call these and nothing else.

A function here joins rooms inside one transaction (`store.atomic`), and returns a frozen result.
"""
