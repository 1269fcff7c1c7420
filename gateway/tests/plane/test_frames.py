import random

import pytest

from gateway.wire.frames import Frames, close_frame


def frame(payload: bytes, *, masked: bool = False) -> bytes:
    bit = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        header = bytes([0x82, bit | size])
    elif size < 65536:
        header = bytes([0x82, bit | 126]) + size.to_bytes(2)
    else:
        header = bytes([0x82, bit | 127]) + size.to_bytes(8)
    return header + (b"mask" if masked else b"") + payload


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70_000])
def test_the_place_between_two_frames_is_found_wherever_the_bytes_are_cut(
    size: int, masked: bool
) -> None:
    one = frame(b"x" * size, masked=masked)
    chance = random.Random(size)
    cuts = sorted({0, 1, 2, 3, 5, 9, 11, *chance.sample(range(2 * len(one)), 3)})
    cuts = [cut for cut in cuts if cut < 2 * len(one)]
    frames = Frames()

    for begin, end in zip(cuts, [*cuts[1:], 2 * len(one)], strict=True):
        frames.passing((one + one)[begin:end])
        assert frames.between == (end % len(one) == 0)


def test_a_close_frame_names_its_code() -> None:
    assert close_frame(1001, masked=False) == b"\x88\x02\x03\xe9"
    assert close_frame(1001, masked=True) == b"\x88\x82\0\0\0\0\x03\xe9"
