"""Writes stats/vectors/posteriors_best.json: P(best) and expected loss of arms of any family, by scipy's own
distribution functions and dense Gauss-Legendre panels between their quantiles.

    pip install scipy && python3 scripts/vectors/bayes.py > stats/vectors/posteriors_best.json
"""
import json

import numpy as np
from scipy import stats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
LEVELS = np.concatenate([10.0 ** -np.arange(15, 1, -0.5), np.linspace(0.02, 0.98, 25)])


def frozen(arm):
    family = arm["family"]
    if family == "beta":
        return stats.beta(arm["a"], arm["b"])
    if family == "gamma":
        return stats.gamma(arm["shape"], scale=1 / arm["rate"])
    if family == "normal":
        return stats.norm(arm["mean"], arm["sd"])
    return stats.t(arm["degrees"], loc=arm["center"], scale=arm["scale"])


def best(arms):
    laws = [frozen(arm) for arm in arms]
    ends = np.unique(np.concatenate([np.concatenate([law.ppf(LEVELS), law.isf(LEVELS)]) for law in laws]))
    half = np.diff(ends)[:, None] / 2
    x = ((ends[:-1] + ends[1:])[:, None] / 2 + half * NODES).ravel()
    w = (half * WEIGHTS).ravel()
    below = np.array([law.cdf(x) for law in laws])
    told = {}
    for i, law in enumerate(laws):
        others = np.prod(np.delete(below, i, axis=0), axis=0)
        told[f"p_best_{i}"] = float(np.sum(w * law.pdf(x) * others))
        told[f"loss_{i}"] = float(np.sum(w * below[i] * (1 - others)))
    return told


def beta(a, b):
    return {"family": "beta", "a": a, "b": b}


def gamma(shape, rate):
    return {"family": "gamma", "shape": shape, "rate": rate}


def normal(mean, sd):
    return {"family": "normal", "mean": mean, "sd": sd}


def student(center, scale, degrees):
    return {"family": "student", "center": center, "scale": scale, "degrees": degrees}


GROUPS = [
    [beta(1, 1), beta(1, 2), beta(3, 1)],
    [beta(1.5, 30), beta(2.5, 41), beta(1, 25), beta(4, 60)],
    [beta(1, 1), beta(500, 500), beta(40_000, 41_000)],
    [beta(3_000_000, 7_000_000), beta(3_001_500, 6_998_500), beta(2_999_000, 7_001_000)],
    [beta(100 + 7 * arm, 900 + 3 * arm) for arm in range(10)],
    [gamma(1, 1), gamma(4, 3), gamma(30, 31)],
    [gamma(12_000, 100), gamma(12_100, 100), gamma(1_205, 10)],
    [normal(0, 1), normal(0.5, 0.01), normal(0.4, 3)],
    [normal(arm / 30, 0.2) for arm in range(20)],
    [student(0, 1, 5), student(0.3, 0.5, 12), student(-0.2, 2, 40)],
    [beta(30, 70), normal(0.31, 0.04), student(0.29, 0.05, 20), gamma(30, 100)],
]
cases = [
    {
        "id": f"best-{index}",
        "method": "P(arm is best) and expected loss per arm, posteriors of any family",
        "inputs": {"arms": arms},
        "expected": best(arms),
        "tolerance": {"kind": "abs", "value": 1e-10},
        "provenance": "computed with scipy",
    }
    for index, arms in enumerate(GROUPS)
]
rows = ",\n".join("  " + json.dumps(case) for case in cases)
print('{\n "title": "P(best) and expected loss, posteriors of any family",\n "cases": [\n' + rows + "\n ]\n}")
