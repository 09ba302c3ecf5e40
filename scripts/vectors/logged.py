"""Writes two small logs and what they say about each other, row by row with numpy, to test/feed/logs.

    pip install numpy && python3 scripts/vectors/logged.py test/feed/logs
"""
import csv
import json
import sys

import numpy as np

folder = sys.argv[1]
rng = np.random.default_rng(11)
rates = np.array([0.1, 0.2, 0.3, 0.5])
even = np.full((2, 4), 0.25)
bent = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.2, 0.2, 0.2]])


def write(name, policy, n):
    position = rng.integers(0, 2, n)
    item = np.array([rng.choice(4, p=policy[p]) for p in position])
    click = (rng.random(n) < rates[item]).astype(int)
    chance = policy[position, item]
    with open(f"{folder}/{name}.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["item_id", "position", "click", "propensity"])
        out.writerows(zip(item, position, click, chance))
    return position, item, click, chance


def value(log, other):
    position, item, click, chance = log
    shares = np.array([[np.mean(other[1][other[0] == p] == i) for i in range(4)] for p in range(2)])
    if len(set(other[3])) == 1:
        shares = np.full((2, 4), other[3][0])
    w = shares[position, item] / chance
    half = np.arange(len(item)) % 2
    predicted = np.zeros((2, 4))
    for h in range(2):
        far = half != h
        for i in range(4):
            own = far & (item == i)
            predicted[h, i] = (click[own].sum() + 50 * click[far].mean()) / (own.sum() + 50)
    model = predicted[half, item]
    robust = (shares[position] * predicted[half]).sum(axis=1) + w * (click - model)
    normalised = float((w * click).sum() / w.sum())
    se = lambda x: float(np.std(x, ddof=1) / np.sqrt(len(x)))
    return {
        "ipw": [float(np.mean(w * click)), se(w * click)],
        "selfNormalised": [normalised, se(w / w.mean() * (click - normalised))],
        "doublyRobust": [float(np.mean(robust)), se(robust)],
        "effectiveRows": float(w.sum() ** 2 / (w @ w)),
        "truth": float(np.mean(other[2])),
    }


random, bts = write("random", even, 400), write("bts", bent, 300)
expected = {"random": value(random, bts), "bts": value(bts, random)}
with open(f"{folder}/expected.json", "w") as file:
    json.dump(expected, file, indent=1)
    file.write("\n")
