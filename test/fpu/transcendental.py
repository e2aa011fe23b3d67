"""Writes transcendental.txt: arguments and correctly rounded results of the x87's transcendental instructions, by mpmath, an independent implementation.

A line: instruction, ST(1) or -, ST(0), result (rounded to nearest even), each as sign and exponent, then significand.
"""
import random
from mpmath import mp, mpf, sin, cos, tan, atan2, log, floor, frexp, pi

mp.prec = 20000
BIAS = 0x3FFF
random.seed(387)


def value(top, significand):
    v = mpf(significand) * mpf(2) ** (max(top & 0x7FFF, 1) - BIAS - 63)
    return -v if top >> 15 else v


def encode(v):
    """To nearest even, denormals included."""
    sign = 0x8000 if v < 0 else 0
    _, e = frexp(abs(v))
    exponent = max(int(e) - 1 + BIAS, 1)
    scaled = abs(v) * mpf(2) ** (BIAS + 63 - exponent)
    significand = int(floor(scaled + mpf("0.5")))
    if significand >> 64:
        significand >>= 1
        exponent += 1
    if not significand >> 63:
        exponent = 0
    return "%04x%016x" % (sign | exponent, significand)


def number(low, high):
    significand = random.choice([1 << 63, (1 << 64) - 1, (1 << 63) | random.getrandbits(63), (1 << 63) | random.getrandbits(63)])
    return random.choice([0, 0x8000]) | (BIAS + random.randint(low, high)), significand


def line(name, y, x, result):
    show = lambda a: "-" if a is None else "%04x%016x" % a
    print(name, show(y), show(x), encode(result))


def trig(x):
    v = value(*x)
    line("FSIN", None, x, sin(v))
    line("FCOS", None, x, cos(v))
    line("FPTAN", None, x, tan(v))


for low, high in ((-3, 1), (0, 62), (-70, -1), (-64, -62), (-16000, -60)):
    for _ in range(12):
        trig(number(low, high))
# Close to multiples of pi/2, where the result is what reduction leaves.
for n in [1, 2, 3, 4, 5, 100, 12345, 1 << 40, (1 << 61) + 3]:
    near = encode(pi / 2 * n)
    trig((int(near[:4], 16), int(near[4:], 16)))
for _ in range(40):
    y, x = number(-40, 40), number(-40, 40)
    line("FPATAN", y, x, atan2(value(*y), value(*x)))
for _ in range(20):
    y, x = number(-8000, 8000), number(-8000, 8000)
    line("FPATAN", y, x, atan2(value(*y), value(*x)))
for low, high in ((-3, -1), (-70, -1), (-16000, -60)):
    for _ in range(15):
        x = number(low, high)
        line("F2XM1", None, x, mpf(2) ** value(*x) - 1)
for low, high in ((-2, 1), (-100, 100), (-16000, 16000)):
    for _ in range(15):
        y, (top, significand) = number(-100, 100), number(low, high)
        x = (top & 0x7FFF, significand)
        if value(*x) != 1:
            line("FYL2X", y, x, value(*y) * log(value(*x)) / log(mpf(2)))
for low, high in ((-3, -2), (-70, -2), (-16000, -60)):
    for _ in range(15):
        y, x = number(-100, 100), number(low, high)
        if abs(value(*x)) < mpf("0.29"):
            line("FYL2XP1", y, x, value(*y) * mp.log1p(value(*x)) / log(mpf(2)))
