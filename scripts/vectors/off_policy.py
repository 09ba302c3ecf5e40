"""Writes stats/vectors/off_policy.json: values of a policy from another one's log, row by row with numpy; the
standard error of the self-normalised value as the sandwich of a weighted regression on nothing but a constant.

    pip install numpy && python3 scripts/vectors/off_policy.py > stats/vectors/off_policy.json
"""
import json

import numpy as np


def mean(scores):
    return float(np.mean(scores)), float(np.std(scores, ddof=1) / np.sqrt(len(scores)))


def sandwich(x, w, y):
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    beta = bread @ (x.T @ (w * y))
    scores = x * (w * (y - x @ beta))[:, None]
    n = len(y)
    return float(beta[0]), float(np.sqrt((bread @ scores.T @ scores @ bread)[0, 0] * n / (n - 1)))


def lower(x, alpha):
    """Predictable-mixture empirical Bernstein; variance and mean start from one imagined value."""
    total, center, squares, won, staked, spent = 0.0, 0.5, 0.25, 0.0, 0.0, 0.0
    for t, value in enumerate(x, start=1):
        variance = squares / t
        stake = min(0.5, np.sqrt(2 * np.log(1 / alpha) / (variance * t * np.log(1 + t))))
        before = min(1.0, total / (t - 1)) if t > 1 else 0.0
        won += stake * value
        staked += stake
        spent += (-np.log1p(-stake) - stake) * (value - before) ** 2
        total += value
        center = min(1.0, (0.5 + total) / (t + 1))
        squares += (value - center) ** 2
    return max(0.0, (won - np.log(1 / alpha) - spent) / staked)


def case(name, seed, n, binary):
    rng = np.random.default_rng(seed)
    logging, target = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.2, 0.7])
    means, predicted = np.array([0.2, 0.3, 0.45]), np.array([0.22, 0.28, 0.4])
    a = rng.choice(3, n, p=logging)
    r = (rng.random(n) < means[a]).astype(float) if binary else np.round(rng.gamma(4, means[a] / 4), 4)
    w = target[a] / logging[a]
    model, value = predicted[a], float(target @ predicted)
    ipw, ipw_se = mean(w * r)
    robust, robust_se = mean(value + w * (r - model))
    normalised, normalised_se = sandwich(np.ones((n, 1)), w, r)
    logged, logged_se = mean(r)
    linear = w / w.mean() * (r - normalised) - (r - logged)
    expected = {
        "ipw": ipw, "ipw_se": ipw_se, "ipw_gain_se": mean(w * r - r)[1],
        "self_normalised": normalised, "self_normalised_se": normalised_se,
        "self_normalised_gain": normalised - logged, "self_normalised_gain_se": mean(linear)[1],
        "doubly_robust": robust, "doubly_robust_se": robust_se,
        "doubly_robust_gain_se": mean(value + w * (r - model) - r)[1],
        "logged": logged, "logged_se": logged_se,
        "effective": float(w.sum() ** 2 / (w @ w)), "mean_weight": float(w.mean()), "weight_se": mean(w)[1],
    }
    if binary:
        expected["lower"] = lower(w * r, 0.025)
        expected["upper"] = 1 - lower(w * (1 - r), 0.025)
    return {
        "id": name, "method": "off-policy value: IPW, self-normalised, doubly robust",
        "inputs": {
            "reward": r.tolist(), "propensity": logging[a].tolist(), "target": target[a].tolist(),
            "model": model.tolist(), "model_value": [value] * n, "alpha": 0.05,
        },
        "expected": expected, "tolerance": {"kind": "abs", "value": 1e-10},
        "provenance": "numpy, scripts/vectors/off_policy.py",
    }


cases = [case("off-policy-binary", 7, 120, True), case("off-policy-real", 8, 60, False)]
print(json.dumps({"title": "Values of a policy from the log of another", "cases": cases}, indent=1))
