"""What stands on the public side: the pages that readers meet, and the doors of providers.

`app` puts them together; each other module is one page or one door.
"""
