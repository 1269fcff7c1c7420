"""Topics as streams of NATS JetStream.

JetStream keeps what was sent; how far each group is, and which process reads for it, we keep beside
it in a key-value bucket, each part of a topic under one key that only its holder can change.  So a
holder that lost its place can neither read on nor acknowledge, and what was begun is begun again
before anything new.
"""

from .transport import JetStream

__all__ = ["JetStream"]
