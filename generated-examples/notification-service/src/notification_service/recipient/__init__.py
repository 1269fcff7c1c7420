"""The recipient: what user-service says of a user whom mails go to."""
