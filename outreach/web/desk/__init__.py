"""The staff's desk: each page is a module with its templates, put into the list in `app`."""
