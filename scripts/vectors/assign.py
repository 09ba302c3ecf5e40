"""Writes src/assign/vectors/v1.json, the frozen vectors of assignment version 1.

An implementation of its own, from the definition, with the murmur3 of the package mmh3:

    python3 -m venv /tmp/vectors && /tmp/vectors/bin/pip install mmh3
    /tmp/vectors/bin/python scripts/vectors/assign.py src/assign/vectors/v1.json

The output never changes. If it would, that is version 2, in a file beside it.
"""

import json
import math
import random
import sys

import mmh3

SPAN = 2**32
VARIANT_SEED = 0x9747B28C
MARGIN = 1e-6  # relative gap between the first two clocks: engines may differ in the last bit of log


def murmur3(text, seed=0):
    return mmh3.hash(text.encode("utf-8"), seed, signed=False)


def fmix32(h):
    h ^= h >> 16
    h = h * 0x85EBCA6B % SPAN
    h ^= h >> 13
    h = h * 0xC2B2AE35 % SPAN
    return h ^ (h >> 16)


def draw(experiment, salt, unit, arms):
    """The winning key and the relative gap to the second; (None, 1) without arms."""
    h = murmur3(f"{experiment}:{salt}:{unit}")
    clocks = sorted(
        (-math.log((fmix32(h ^ murmur3(key, VARIANT_SEED)) + 0.5) / SPAN) / weight, key)
        for key, weight in arms
        if weight > 0
    )
    if len(clocks) < 2:
        return (clocks[0][1] if clocks else None), 1.0
    return clocks[0][1], (clocks[1][0] - clocks[0][0]) / clocks[1][0]


def enrolled(experiment, salt, unit, coverage):
    return murmur3(f"coverage:{experiment}:{salt}:{unit}") / SPAN < coverage


def in_layer(layer, unit):
    return layer is None or layer["from"] <= murmur3(f"layer:{layer['key']}:{unit}") / SPAN < layer["to"]


def decide(experiment, case):
    """The order of the definition, case by case. Audiences here are all {"==": [{"var": name}, value]}."""
    champion = lambda reason: {"reason": reason, "variant": -1, "propensity": None}
    variants = experiment["variants"]
    is_live = lambda ordinal: variants[ordinal]["status"] == "live"
    if not case["enabled"]:
        return champion("disabled")
    override = experiment["overrides"].get(case["unitHash"])
    if override is not None and is_live(override):
        return {"reason": "override", "variant": override, "propensity": None}
    if not in_layer(experiment["layer"], case["unit"]):
        return champion("layer")
    audience = experiment["audience"]
    if audience is not None:
        variable, value = audience["=="]
        if case["attributes"].get(variable["var"]) != value:
            return champion("not_targeted")
    if not enrolled(experiment["key"], experiment["salt"], case["draw"], experiment["coverage"]):
        return champion("not_enrolled")
    live = [(v["key"], v["weight"]) for v in variants if v["status"] == "live" and v["weight"] > 0]
    total = math.fsum(weight for _, weight in live)
    propensity = lambda weight: weight if abs(total - 1) < 1e-9 else weight / total
    sticky = case["sticky"] if experiment["stickiness"] == "first-touch" else None
    if sticky is not None and is_live(sticky):
        return {"reason": "sticky", "variant": sticky, "propensity": propensity(variants[sticky]["weight"])}
    key, gap = draw(experiment["key"], experiment["salt"], case["draw"], live)
    if key is None:
        return champion("fallback")
    if gap < MARGIN:
        return None
    ordinal = [v["key"] for v in variants].index(key)
    reason = "split" if sticky is None else "killed_reassigned"
    return {"reason": reason, "variant": ordinal, "propensity": propensity(variants[ordinal]["weight"])}


TEXTS = [
    "", "a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh",
    "hello", "hello, world", "The quick brown fox jumps over the lazy dog", "assistant-7b:salt:user-1",
    "é", "e\u0301", "ß", "naïve", "Zürich", "日本国", "日本国a", "a日本国", "ππππππππ", "Привет, мир", "שלום", "مرحبا",
    "😀", "a😀", "ab😀", "abc😀", "abcd😀", "👩‍👩‍👧‍👦", "🇦🇹🇩🇪", "𝒳", "𐍈bc", "\u007f", "\u0080", "\u07ff", "\u0800", "\uffff",
    "\U00010000", "\U0010ffff", "\ufeffbom", " ", "  leading", "tab\tline\n", "user@example.org",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "x" * 255, "x" * 256, "x" * 1024, "é" * 512, "a" * 3 + "ü" + "b" * 5,
]
SEEDS = [0, 1, 0x9747B28C, 0xFFFFFFFF]

UNITS = ["", "u", "ünit-", "用户", "😀", "user-", "3f2504e0-4f89-11d3-", "x" * 200]


def unit(rng):
    return rng.choice(UNITS) + str(rng.randrange(10**6))


def weights(rng, arms):
    """Weights in thousandths or finer that sum to 1."""
    if rng.random() < 0.25:
        return [1 / arms] * arms
    cuts = sorted(rng.sample(range(1, 1000), arms - 1))
    return [(b - a) / 1000 for a, b in zip([0, *cuts], [*cuts, 1000])]


def make_draws(rng):
    draws = []
    shapes = [[0.001, 0.999], [0.999, 0.001], [0.5, 0.5], [1], [0, 1], [0.3, 0, 0.7], [0.998, 0.001, 0.001]]
    shapes = [shape for shape in shapes for _ in range(4)]
    shapes += [weights(rng, arms) for arms in range(2, 21) for _ in range(7)]
    for index, shape in enumerate(shapes):
        names = [rng.choice(["v", "qwen-", "gemma.", "größe-"]) + str(i) for i in range(len(shape))]
        experiment, salt = f"experiment-{index % 11}", ["", "s", "2f9c1a"][index % 3]
        arms = list(zip(names, shape))
        while True:
            name = unit(rng)
            winner, gap = draw(experiment, salt, name, arms)
            if gap > MARGIN:
                break
        draws.append({"experiment": experiment, "salt": salt, "unit": name, "arms": arms, "winner": winner})
    return draws


def variant(key, weight, status="live", control=False):
    return {"key": key, "version": f"{key}-1", "payload": None, "weight": weight, "control": control,
            "status": status, "watch": 1}


def make_experiments():
    rare = {"key": "rare", "stickiness": "hash", "coverage": 0.02}
    half = [variant("control", 0.5, control=True), variant("candidate", 0.5)]
    killed = [variant("control", 0.6, control=True), variant("bad", 0, "killed"), variant("good", 0.4)]
    stale = [variant("control", 0.5, control=True), variant("bad", 0.3, "killed"), variant("good", 0.2)]
    plans = {"==": [{"var": "plan"}, "pro"]}
    shapes = [
        {"key": "plain", "variants": [variant("a", 0.2, control=True), variant("b", 0.3), variant("c", 0.5)]},
        {**rare, "variants": half},
        {"key": "half", "coverage": 0.5, "variants": half},
        {"key": "layered", "layer": {"key": "ui", "from": 0.25, "to": 0.75}, "variants": half},
        {"key": "targeted", "audience": plans, "variants": half},
        {"key": "sticky", "stickiness": "first-touch", "variants": killed},
        {"key": "renormalised", "stickiness": "first-touch", "variants": stale},
        {"key": "each", "stickiness": "none", "coverage": 0.6, "variants": half},
        {"key": "emptied", "variants": [variant("a", 0, control=True), variant("b", 0, "killed")]},
        {"key": "everything", "stickiness": "first-touch", "coverage": 0.8, "audience": plans, "variants": killed,
         "layer": {"key": "größe", "from": 0, "to": 0.7}, "overrides": {"0" * 31 + "1": 2, "0" * 31 + "2": 1}},
    ]
    base = {"model": "assistant", "unitType": "user", "stickiness": "hash", "salt": "5a17", "scope": 1, "epoch": 1,
            "coverage": 1, "layer": None, "audience": None, "overrides": {}}
    return [{"id": index + 1, **base, **shape} for index, shape in enumerate(shapes)]


def make_decisions(rng, experiments):
    decisions = []
    for experiment in experiments:
        for index in range(60 if experiment["key"] == "everything" else 14):
            name = unit(rng)
            case = {
                "experiment": experiment["key"], "enabled": index != 0, "unit": name,
                "draw": f"{name}:{rng.getrandbits(64):016x}" if experiment["stickiness"] == "none" else name,
                "attributes": rng.choice([{"plan": "pro"}, {"plan": "free"}, {}, {"plan": "pro", "age": 3}]),
                "sticky": rng.choice([None, *range(len(experiment["variants"]))]),
                "unitHash": f"{rng.choice([0, 0, 0, 1, 2]):032x}",
            }
            expected = decide(experiment, case)
            if expected:
                decisions.append({**case, "expected": expected})
    return decisions


def write(path, vectors):
    """One case a line."""
    lines = []
    for name, value in vectors.items():
        if isinstance(value, list):
            rows = ",\n".join("    " + json.dumps(row, ensure_ascii=True) for row in value)
            lines.append(f'  "{name}": [\n{rows}\n  ]')
        else:
            lines.append(f'  "{name}": {json.dumps(value)}')
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


def main(path):
    rng = random.Random(20240229)
    experiments = make_experiments()
    enrolments = []
    for index in range(60):
        case = {"experiment": f"experiment-{index % 7}", "salt": ["", "abc"][index % 2], "unit": unit(rng),
                "coverage": [0.001, 0.02, 0.25, 0.5, 0.9, 0.999][index % 6]}
        enrolments.append({**case, "enrolled": enrolled(**case)})
    vectors = {
        "version": 1,
        "hashes": [{"text": t, "seed": s, "hash": murmur3(t, s)} for t in TEXTS for s in SEEDS],
        "finalised": [{"input": h, "output": fmix32(h)} for h in [0, 1, 2**31, SPAN - 1] + [rng.getrandbits(32) for _ in range(8)]],
        "enrolments": enrolments,
        "draws": make_draws(rng),
        "experiments": experiments,
        "decisions": make_decisions(rng, experiments),
    }
    write(path, vectors)


if __name__ == "__main__":
    main(sys.argv[1])
