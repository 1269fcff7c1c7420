"""A mail catcher as a process of its own: takes mail over SMTP, and shows it over HTTP.

`python -m tests.mail` serves it.  `GET /messages?to=` answers the caught mails as JSON, oldest
first; `DELETE /messages` forgets them.  An address that begins with `defer` is refused for now
(451), and one that begins with `reject` for good (550), as real servers refuse.
"""
