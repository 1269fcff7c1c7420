"""A mail catcher as a process of its own: takes mail over SMTP, and shows it over HTTP.

`python -m tests.mail` serves it.  `GET /` shows the caught mails in a browser; `GET /messages?to=`
answers them as JSON, oldest first; `DELETE /messages` forgets them.  It refuses as real servers do,
by how an address begins: `defer` for now (451), `defer2-` for now and only twice, `reject` for good
(550), and `spam` the mail and not the address (554).  `slow` is taken after half a second.
"""
