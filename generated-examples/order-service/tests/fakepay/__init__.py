"""fakepay: a payment provider as a process of its own, in Stripe's wire format.

`python -m tests.fakepay` serves it: payment intents, refunds and signed webhooks as Stripe's API
reference lays them out, so that the adapter that talks to it talks to Stripe as well.  What happens
to a payment is chosen by its payment method, see methods.py.
"""
