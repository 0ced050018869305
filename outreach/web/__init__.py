"""What stands on the web: the staff's desk, and the pages and webhooks that others meet.

A face like `cli`: a handler reads the request, calls one workflow function in a worker thread with
a database connection of its own, and shows the result. No rules, no SQL. The two applications,
`desk.desk_app` and `public.app.public_app`, know nothing of each other and run as two processes.
"""
