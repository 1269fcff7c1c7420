"""The caught mails as a page for a browser, the newest first."""

from collections.abc import Sequence
from html import escape

from .mailbox import Mail

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Mail</title>
<link rel="icon" href="data:,">
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; }}
  details {{ border-top: 1px solid #8884; padding: .6rem 0; }}
  summary {{ cursor: pointer; }}
  small {{ display: block; padding-left: 1.1rem; opacity: .7; }}
  pre {{ font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; padding-left: 1.1rem; }}
</style>
<h1>Mail</h1>
<p>{count} caught, and sent to nobody. For programs: <a href="messages">messages</a></p>
{mails}
"""
_MAIL = """<details>
<summary><b>{subject}</b><small>to {to}, {at:%H:%M:%S} UTC</small></summary>
<pre>{text}</pre>
</details>"""


def page(mails: Sequence[Mail]) -> str:
    shown = [_shown(mail) for mail in reversed(mails)]
    return _PAGE.format(count=len(shown), mails="\n".join(shown))


def _shown(mail: Mail) -> str:
    said = mail.document
    return _MAIL.format(
        subject=escape(said["subject"]),
        to=escape(", ".join(said["to"])),
        at=mail.received_at,
        text=escape(said["text"] or ""),
    )
