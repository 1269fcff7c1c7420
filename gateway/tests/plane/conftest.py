from tests.plane.doors import adapter, door, doors, protocol

__all__ = ["adapter", "door", "doors", "protocol"]
