"""Writes stats/vectors/drift.json: stability index, Jensen-Shannon distance and limits, by scipy.

    pip install scipy && python3 scripts/vectors/drift.py > stats/vectors/drift.json
"""
import json

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2, entropy

PAIRS = {
    "equal": ([0.25] * 4, [0.25] * 4),
    "deciles": ([0.1] * 10, [0.08, 0.09, 0.1, 0.11, 0.12, 0.13, 0.12, 0.1, 0.08, 0.07]),
    "scipy-manual-1": ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
    "scipy-manual-2": ([1.0, 0.0], [0.5, 0.5]),
    "skewed": ([0.7, 0.2, 0.07, 0.03], [0.4, 0.3, 0.2, 0.1]),
    "tiny": ([0.999, 0.0009, 0.0001], [0.99, 0.009, 0.001]),
    "twenty": (list(np.full(20, 0.05)), list(np.arange(1, 21) / 210)),
}
COUNTS = {
    "new-bin": ([250, 250, 0], [200, 200, 100]),
    "constant": ([0, 500, 0], [0, 600, 0]),
    "gone": ([400, 100, 20], [512, 0, 0]),
    "ten": ([50] * 10, [40, 45, 48, 51, 55, 60, 58, 52, 47, 44]),
}


def stability(p, q):
    return float(entropy(p, q) + entropy(q, p))


def case(id, method, inputs, expected, value=1e-12):
    return {"id": id, "method": method, "inputs": inputs, "expected": expected,
            "tolerance": {"kind": "abs", "value": value}, "source": "scipy: entropy, jensenshannon, chi2.ppf"}


cases = []
for name, (p, q) in PAIRS.items():
    cases.append(case(f"js-{name}", "Jensen-Shannon distance", {"p": p, "q": q}, {"distance": float(jensenshannon(p, q, base=2))}))
    if min(p) > 0 and min(q) > 0:
        cases.append(case(f"psi-{name}", "population stability index", {"p": p, "q": q}, {"psi": stability(p, q)}))
for name, (reference, window) in COUNTS.items():
    p, q = [(np.array(c) + 0.5) / (sum(c) + len(c) / 2) for c in (reference, window)]
    cases.append(case(f"counts-{name}", "drift of counts", {"reference": reference, "window": window},
                      {"psi": stability(p, q), "distance": float(jensenshannon(p, q, base=2))}))
for bins in (2, 3, 5, 10, 20):
    for n, m in ((500, 500), (2000, 500), (20000, 800), (500.5, 733.25)):
        limit = max(0.2, 1.2 * (1 / n + 1 / m) * chi2.ppf(1 - 1e-4, bins - 1))
        cases.append(case(f"limit-{bins}-{n}-{m}", "drift limit", {"n": n, "m": m, "bins": bins}, {"limit": float(limit)}, 1e-9))

print(json.dumps({"title": "Drift: stability index, Jensen-Shannon distance and alarm limits", "cases": cases}, indent=1))
