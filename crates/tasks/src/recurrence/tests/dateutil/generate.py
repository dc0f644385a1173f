"""Writes cases.txt: rules, and when they come according to python-dateutil.

    pip install python-dateutil==2.9.0.post0
    python generate.py > cases.txt

A line is `rule|start|times`, in UTC: up to six times after the start, then `.` if
those are all, or `never` if there is none within a hundred years. What the two
understand differently on purpose is not generated:

- `COUNT`: the start is always the first (RFC 5545, section 3.8.5.3); dateutil counts
  it only where it fits the rule, and is asked for one less otherwise.
- `BYDAY` with and without ordinals at once: either counts; dateutil wants both.
- `BYWEEKNO` without `BYDAY`: the start's day of the week; dateutil takes all seven.
- `BYWEEKNO=-52` and `-53`: dateutil leaves out the December days of such a week.
- `BYSETPOS` with `WEEKLY`: of the whole first week; dateutil counts from the start.
"""

import random
import signal
from datetime import datetime, timedelta
from itertools import islice

from dateutil.rrule import rrulestr

CASES = 4000
SHOWN = 6
YEARS = 100
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FREQUENCIES = {
    "YEARLY": 24,
    "MONTHLY": 30,
    "WEEKLY": 18,
    "DAILY": 16,
    "HOURLY": 9,
    "MINUTELY": 3,
}
draw = random.Random(5545)


def chance(probability):
    return draw.random() < probability


def some(values, most):
    values = list(values)
    return draw.sample(values, draw.randint(1, min(most, len(values))))


def both(most):
    return [*range(1, most + 1), *range(-most, 0)]


def listed(values):
    return ",".join(str(value) for value in values)


def days(ordinals):
    chosen = some(DAYS, 4)
    if not ordinals:
        return listed(chosen)
    return listed(f"{draw.choice(ordinals)}{day}" for day in chosen)


def parts(frequency, start):
    rule = {"FREQ": frequency}
    if frequency == "MINUTELY":
        rule["INTERVAL"] = draw.choice([60, 90, 180, 1000])
    elif chance(0.4):
        rule["INTERVAL"] = draw.choice([2, 3, 4, 5, 7, 12, 18])
    if chance(0.25):
        rule["BYMONTH"] = listed(some(range(1, 13), 4))
    if frequency != "WEEKLY" and chance(0.3):
        rule["BYMONTHDAY"] = listed(some(both(31), 5))
    if frequency in ("YEARLY", "HOURLY", "MINUTELY") and chance(0.15):
        rule["BYYEARDAY"] = listed(some(both(366), 5))
    if frequency == "YEARLY" and chance(0.15):
        rule["BYWEEKNO"] = listed(some([*range(1, 54), *range(-51, 0)], 4))
        rule["BYDAY"] = days(None)
    elif chance(0.45):
        ordinals = None
        if frequency == "MONTHLY" and chance(0.6):
            ordinals = both(5)
        if frequency == "YEARLY" and chance(0.6):
            ordinals = both(5) if "BYMONTH" in rule else both(53)
        rule["BYDAY"] = days(ordinals)
    if chance(0.12):
        rule["BYHOUR"] = listed(some(range(24), 3))
    calendar = frequency not in ("HOURLY", "MINUTELY")
    if calendar and chance(0.06):
        rule["BYMINUTE"] = draw.randrange(60)
    if calendar and chance(0.06):
        rule["BYSECOND"] = draw.randrange(60)
    if chance(0.2):
        rule["WKST"] = draw.choice(DAYS)
    if frequency == "WEEKLY":
        aligned = start.weekday() == DAYS.index(rule.get("WKST", "MO"))
    else:
        aligned = calendar
    chooses = any(name.startswith("BY") for name in rule)
    if aligned and chooses and chance(0.25):
        rule["BYSETPOS"] = listed(some([1, 2, 3, 5, -1, -2, -3], 2))
    return rule


def written(rule):
    return ";".join(f"{name}={value}" for name, value in rule.items())


def times(rule, start):
    """Up to one more than is shown, those after the start."""
    found = []
    for at in rrulestr(written(rule), dtstart=start):
        last = found[-1] if found else start
        if at.year > last.year + YEARS or len(found) > SHOWN:
            break
        if at > start:
            found.append(at)
    return found


def case():
    start = datetime(1990, 1, 1) + timedelta(
        days=draw.randrange(60 * 365), hours=draw.randrange(24), minutes=draw.choice([0, 30])
    )
    if chance(0.1):
        start = start.replace(month=2, day=28)
    if chance(0.1):
        start = start.replace(month=1, day=31)
    frequency = draw.choices(list(FREQUENCIES), list(FREQUENCIES.values()))[0]
    rule = parts(frequency, start)
    try:
        unbounded = times(rule, start)
    except ValueError:
        # An hour that its interval never meets.
        unbounded = []
    if not unbounded:
        return f"{written(rule)}|{start:%Y%m%dT%H%M%S}|never"
    asked = dict(rule)
    if chance(0.2):
        rule["COUNT"] = draw.randint(1, SHOWN + 3)
        fits = next(islice(rrulestr(written(asked), dtstart=start), 1)) == start
        asked["COUNT"] = rule["COUNT"] if fits else rule["COUNT"] - 1
    elif chance(0.2):
        until = draw.choice(unbounded) + timedelta(seconds=draw.choice([-1, 0, 1]))
        rule["UNTIL"] = asked["UNTIL"] = f"{until:%Y%m%dT%H%M%S}"
    found = [] if asked.get("COUNT") == 0 else times(asked, start)
    shown = [f"{at:%Y%m%dT%H%M%S}" for at in found[:SHOWN]]
    if len(found) <= SHOWN:
        shown.append(".")
    return f"{written(rule)}|{start:%Y%m%dT%H%M%S}|{' '.join(shown)}"


class Slow(Exception):
    pass


def slow(*_):
    raise Slow


def main():
    signal.signal(signal.SIGALRM, slow)
    written_cases = 0
    while written_cases < CASES:
        signal.alarm(10)
        try:
            print(case())
            written_cases += 1
        except Slow:
            # A rule that dateutil looks for until the year 9999.
            continue
        finally:
            signal.alarm(0)


main()
