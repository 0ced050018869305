"""Who is on the list: taking lists in, finding people, and who may be written to."""
