from tests.plane.doors import door, doors, protocol

__all__ = ["door", "doors", "protocol"]
