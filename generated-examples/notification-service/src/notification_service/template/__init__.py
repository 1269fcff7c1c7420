"""The template: what a mail says, in every language, in as many versions as it was changed."""
