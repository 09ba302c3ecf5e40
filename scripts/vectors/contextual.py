"""Writes src/assign/vectors/contextual.json, the frozen vectors of assignment by attributes, version 1.

An implementation of its own, from the definition, beside assign.py, whose hashes and draw it shares:

    python3 -m venv /tmp/vectors && /tmp/vectors/bin/pip install mmh3
    /tmp/vectors/bin/python scripts/vectors/contextual.py src/assign/vectors/contextual.json

The chances to be best are a sum over 48 cells with the normal distribution of Abramowitz and Stegun, 26.2.17: that is part
of the definition, since the chance that is told must be the one that is drawn. `exact` beside it is the integral by
Simpson's rule over 4,000 cells with the exact normal distribution. The output never changes; if it would, that is
version 2, in a file beside it.
"""

import json
import math
import random
import sys

from assign import MARGIN, SPAN, draw, murmur3, variant, write

FARTHEST, CELLS, REACH = 10, 48, 6


def features_of(context, attributes):
    features = [1]
    for one in context["numeric"]:
        value = attributes.get(one["attribute"])
        if isinstance(value, bool):
            value = int(value)
        if isinstance(value, (int, float)):
            value = min(max(value, one.get("min", -math.inf)), one.get("max", math.inf))
        else:
            value = one["center"]
        features.append(min(max((value - one["center"]) / one["scale"], -FARTHEST), FARTHEST))
    for one in context["categorical"]:
        value = attributes.get(one["attribute"])
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
        told = value is not None and not isinstance(value, (list, dict))
        features += [1 if told and text == declared else 0 for declared in one["values"]]
    return features


def reward(arm, features):
    """The mean, and the standard deviation |R φ| with R a lower triangle by rows."""
    size = len(features)
    rows = [arm["root"][row * (row + 1) // 2:(row + 1) * (row + 2) // 2] for row in range(size)]
    spread = [math.fsum(a * b for a, b in zip(row, features)) for row in rows]
    return math.fsum(a * b for a, b in zip(arm["mean"], features)), math.sqrt(math.fsum(s * s for s in spread))


def normal_below(z):
    x = abs(z)
    t = 1 / (1 + 0.2316419 * x)
    powers = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
    tail = math.exp(-x * x / 2) * 0.3989422804014327 * math.fsum(b * t ** (k + 1) for k, b in enumerate(powers))
    return tail if z < 0 else 1 - tail


def span_of(rewards):
    return max(m - REACH * s for m, s in rewards), max(m + REACH * s for m, s in rewards)


def chances_of(arms, features):
    rewards = [reward(arm, features) for arm in arms]
    if len(rewards) < 2:
        return [1.0] * len(rewards)
    low, high = span_of(rewards)
    edges = [low + (high - low) * cell / CELLS for cell in range(CELLS + 1)]
    below = [[normal_below((at - m) / s) for m, s in rewards] for at in edges]
    chances = [
        math.fsum(
            max(0.0, after[arm] - before[arm])
            * math.prod((before[other] + after[other]) / 2 for other in range(len(arms)) if other != arm)
            for before, after in zip(below, below[1:])
        )
        for arm in range(len(arms))
    ]
    total = math.fsum(chances)
    return [chance / total for chance in chances]


def exact_chances(arms, features, cells=4000):
    rewards = [reward(arm, features) for arm in arms]
    low, high = min(m - 9 * s for m, s in rewards), max(m + 9 * s for m, s in rewards)
    step = (high - low) / cells
    below = lambda at, m, s: 0.5 * math.erfc((m - at) / s / math.sqrt(2))
    density = lambda at, m, s: math.exp(-(((at - m) / s) ** 2) / 2) / s / math.sqrt(2 * math.pi)
    chances = []
    for arm, own in enumerate(rewards):
        at = lambda x: density(x, *own) * math.prod(below(x, *other) for place, other in enumerate(rewards) if place != arm)
        weights = [1] + [4 if cell % 2 else 2 for cell in range(1, cells)] + [1]
        chances.append(step / 3 * math.fsum(w * at(low + cell * step) for cell, w in enumerate(weights)))
    return chances


def shares_of(experiment, features):
    """By ordinal, with which chance each arm is drawn; arms without a weight are absent."""
    rule, variants = experiment["contextual"]["rule"], experiment["variants"]
    receiving = [o for o, v in enumerate(variants) if v["status"] in ("live", "quarantined") and v["weight"] > 0]
    count = len(receiving)
    believed = {arm["variant"]: arm for arm in rule["arms"] if not arm["held"]}
    open_arms = [o for o in receiving if o in believed]
    if not open_arms:
        return {o: 1 / count for o in receiving}
    floor, cap = min(rule["floor"], 1 / count), max(rule["cap"], 1 / len(open_arms))
    chances = dict(zip(open_arms, chances_of([believed[o] for o in open_arms], features)))
    rest = 1 - count * floor
    shares = {
        o: floor + rest * (rule["trust"] * chances[o] + (1 - rule["trust"]) / len(open_arms)) if o in chances else floor
        for o in receiving
    }
    while True:  # what lies above the cap goes to the other open arms, in proportion
        surplus = math.fsum(max(0, shares[o] - cap) for o in open_arms)
        if cap >= 1 or surplus <= 1e-15:
            return shares
        room = math.fsum(shares[o] for o in open_arms if shares[o] < cap)
        shares.update({o: cap if shares[o] >= cap else shares[o] * (1 + surplus / room) for o in open_arms})


def decide(experiment, case):
    key, salt, variants = experiment["key"], experiment["salt"], experiment["variants"]
    shares = shares_of(experiment, features_of(experiment["contextual"]["context"], case["attributes"]))
    served = {o: variants[o].get("probes", 0) if variants[o]["status"] == "quarantined" else 1 for o in shares}
    analysed = math.fsum(shares[o] * served[o] for o in shares)
    propensity = lambda o: min(1, shares[o] * served[o] / analysed)
    instead = next(o for o, v in enumerate(variants) if v["control"])

    def held_back(o):
        if variants[o]["status"] != "quarantined":
            return None
        tries = murmur3(f"probe:{key}:{salt}:{experiment['epoch']}:{case['draw']}") / SPAN < served[o]
        return None if tries else {"reason": "quarantined", "variant": instead, "propensity": None, "instead": o}

    first = case["sticky"] if experiment["stickiness"] == "first-touch" else None
    if first is not None and variants[first]["status"] in ("live", "quarantined"):
        told = case["stickyPropensity"]
        if told is None and first in shares:
            told = propensity(first) or None
        return held_back(first) or {"reason": "sticky", "variant": first, "propensity": told}
    winner, gap = draw(key, salt, case["draw"], [(variants[o]["key"], share) for o, share in shares.items()])
    if gap < MARGIN:
        return None
    ordinal = [v["key"] for v in variants].index(winner)
    reason = "split" if first is None else "killed_reassigned"
    return held_back(ordinal) or {"reason": reason, "variant": ordinal, "propensity": propensity(ordinal)}


def belief(rng, ordinal, size, held=False):
    mean = [round(rng.gauss(0, 0.15), 7) for _ in range(size)]
    root = [
        round(rng.uniform(0.02, 0.2), 7) if column == row else round(rng.gauss(0, 0.03), 7)
        for row in range(size) for column in range(row + 1)
    ]
    return {"variant": ordinal, "held": held, "mean": mean, "root": root}


CONTEXTS = [
    {"numeric": [{"attribute": "age", "center": 40, "scale": 10, "min": 18, "max": 90}],
     "categorical": [{"attribute": "plan", "values": ["pro", "team"]}]},
    {"numeric": [{"attribute": "spend", "center": 0, "scale": 25.5}, {"attribute": "beta", "center": 0, "scale": 1}], "categorical": []},
    {"numeric": [], "categorical": [{"attribute": "größe", "values": ["S", "M", "1", "true"]}]},
]
VALUES = {
    "age": [None, 12, 18, 33.25, 40, 61, 90, 140, "old", True],
    "plan": [None, "pro", "team", "free", "", ["pro"], {"of": "pro"}],
    "spend": [None, 0, -3, 12.75, 255, 1e300, -1e300, "12"],
    "beta": [None, True, False, 0.5],
    "größe": [None, "S", "M", "XL", 1, 2, True, False],
}


def attributes_for(rng, context):
    names = [one["attribute"] for one in context["numeric"] + context["categorical"]]
    return {name: rng.choice(VALUES[name]) for name in names if rng.random() < 0.85}


def make_experiments(rng):
    size = lambda context: 1 + len(context["numeric"]) + sum(len(one["values"]) for one in context["categorical"])
    equal = lambda n: [variant("abcdefghij"[o], 1 / n, control=o == 0) for o in range(n)]
    three = [variant("a", 0.3, control=True), variant("b", 0.4), variant("c", 0.3)]
    out = [three[0], {**three[1], "status": "quarantined", "probes": 0.25}, three[2]]
    closed = [three[0], {**three[1], "status": "quarantined", "probes": 0}, three[2]]
    shapes = [
        ("two", 0, equal(2), {}, []), ("plain", 0, three, {}, []), ("capped", 1, three, {"cap": 0.55}, []),
        ("cautious", 0, three, {"trust": 0.3, "floor": 0.05}, []), ("held", 1, three, {}, [2]), ("all-held", 0, three, {}, [0, 1, 2]),
        ("unknown", 2, equal(4), {"unknown": [3]}, []), ("ten", 2, equal(10), {"floor": 0.02}, []),
        ("floor-only", 0, equal(10), {"floor": 0.1}, []), ("tight", 2, equal(4), {"cap": 0.25}, []),
        ("killed", 0, [three[0], {**three[1], "status": "killed", "weight": 0}, three[2]], {}, []),
        ("alone", 0, [variant("a", 1, control=True), variant("b", 0)], {}, []),
        ("tried", 0, out, {"trust": 0.4}, []), ("out", 1, closed, {"trust": 0.4, "cap": 0.6}, []),
        ("each", 0, three, {"stickiness": "none"}, []),
    ]
    experiments = []
    for index, (key, which, variants, more, held) in enumerate(shapes):
        context = CONTEXTS[which]
        arms = [belief(rng, o, size(context), o in held) for o in range(len(variants)) if o not in more.get("unknown", [])]
        rule = {"floor": more.get("floor", 0.02), "cap": more.get("cap", 1), "trust": more.get("trust", 1), "moves": 7, "arms": arms}
        experiments.append({
            "id": index + 1, "key": key, "model": "assistant", "unitType": "user", "stickiness": more.get("stickiness", "first-touch"),
            "salt": ["5a17", ""][index % 2], "scope": 1, "epoch": index + 3, "coverage": 1, "layer": None, "audience": None, "overrides": {},
            "variants": variants, "contextual": {"context": context, "rule": rule},
        })
    return experiments


def make_decisions(rng, experiments):
    decisions = []
    for experiment in experiments:
        for _ in range(24):
            name = rng.choice(["u", "ünit-", "用户", "😀", "user-"]) + str(rng.randrange(10**6))
            sticky = rng.choice([None, None, None, *range(len(experiment["variants"]))])
            case = {
                "experiment": experiment["key"], "unit": name,
                "draw": f"{name}:{rng.getrandbits(64):016x}" if experiment["stickiness"] == "none" else name,
                "attributes": attributes_for(rng, experiment["contextual"]["context"]),
                "sticky": sticky, "stickyPropensity": rng.choice([None, 0.125]) if sticky is not None else None,
            }
            expected = decide(experiment, case)
            if expected:
                decisions.append({**case, "expected": expected})
    return decisions


def main(path):
    rng = random.Random(20240301)
    features = [
        {"context": index, "attributes": attributes, "features": features_of(context, attributes)}
        for index, context in enumerate(CONTEXTS) for attributes in [{}, *(attributes_for(rng, context) for _ in range(19))]
    ]
    chances = []
    for count in [1, 2, 2, 2, 3, 3, 3, 4, 5, 8, 10, 16] * 3:
        size = rng.choice([1, 2, 4])
        arms = [{name: value for name, value in belief(rng, arm, size).items() if name in ("mean", "root")} for arm in range(count)]
        at = [1, *(round(rng.uniform(-3, 3), 3) for _ in range(size - 1))]
        exact = [round(chance, 9) for chance in exact_chances(arms, at)]
        chances.append({"arms": arms, "features": at, "chances": chances_of(arms, at), "exact": exact})
    experiments = make_experiments(rng)
    vectors = {
        "version": 1, "contexts": CONTEXTS, "features": features, "chances": chances,
        "experiments": experiments, "decisions": make_decisions(rng, experiments),
    }
    write(path, vectors)


if __name__ == "__main__":
    main(sys.argv[1])
