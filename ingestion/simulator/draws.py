"""Random draws as pure functions of (seed, name of the draw, number): no state, so no order and no thread matters.

DuckDB's hash of a 64-bit integer is a fixed mixing function; the name of a draw and the seed enter as a constant that
is XORed in. A test pins the first values, so that another engine version cannot change the company unseen.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

#: Mean of a Weibull variable of shape 2 and scale 1. Its deviation is half of its mean: not spread like waiting times
#: without memory, not as regular as a machine.
_WEIBULL_2_MEAN = math.sqrt(math.pi) / 2


def macro_statements(seed: int) -> tuple[str, ...]:
    """The macros that every table of the world is built with."""
    return (
        # 53 bits, so that the division is exact; never 1.
        f"""create macro u(tag, i) as
            (hash(xor(cast(i as ubigint), hash('{int(seed)}:' || tag))) >> 11)::double / 9007199254740992""",
        "create macro z(tag, i) as sqrt(-2 * ln(1 - u(tag, i))) * cos(2 * pi() * u(tag || '~', i))",
        "create macro logistic(tag, i) as ln((u(tag, i) + 1e-12) / (1 - u(tag, i) + 1e-12))",
        "create macro expo(v, mean) as -ln(1 - v) * mean",
        f"create macro weibull(v, mean) as sqrt(-ln(1 - v)) * (mean) / {_WEIBULL_2_MEAN!r}",
        "create macro pick(items, v) as items[1 + floor(v * len(items))::integer]",
        # The n-th point of a Kronecker sequence: any run of n covers [0, 1) evenly, so that means come out as planted.
        "create macro spread(tag, step, n) as (u(tag, 0) + n * step) - floor(u(tag, 0) + n * step)",
        # A time of day between 09:00 and 18:00, and one between 08:00 and 22:00.
        "create macro office_time(d, v) as d::timestamp + to_seconds(32400 + floor(v * 32400)::integer)",
        "create macro waking_time(d, v) as d::timestamp + to_seconds(28800 + floor(v * 50400)::integer)",
        "create macro after_days(t, x) as t + to_seconds(round((x) * 86400)::bigint)",
        "create macro half_up(n, d) as (2 * (n) + (d)) // (2 * (d))",
        "create macro yuan(fen) as (fen / 100)::decimal(18, 2)",
        "create macro to_minute(t) as date_trunc('minute', t)",
    )


#: Steps of Kronecker sequences whose points do not fall on common lines, as SQL doubles (a plain 0.41 is a decimal).
STEPS = tuple(f"{math.sqrt(prime) % 1!r}e0" for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29))


def choose(draw: str, choices: Sequence[tuple[str, float]]) -> str:
    """SQL that turns a draw in [0, 1) into one of the SQL expressions, with the given shares."""
    total, below, cases = sum(share for _, share in choices), 0.0, []
    for value, share in choices[:-1]:
        below += share / total
        cases.append(f"when {draw} < {below!r} then {value}")
    return f"case {' '.join(cases)} else {choices[-1][0]} end" if cases else choices[0][0]


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """``total`` split by weight into whole numbers that add up to it: largest remainder, the first one wins a tie."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [math.floor(x) for x in exact]
    order = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in order[: total - sum(parts)]:
        parts[n] += 1
    return parts


def draw(seed: int, name: str) -> float:
    """A draw in [0, 1) outside of the database, for the few choices about whole deliveries."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "big") / 2**64


def quoted(text: str) -> str:
    """A constant of our own as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
