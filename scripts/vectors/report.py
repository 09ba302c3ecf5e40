#!/usr/bin/env python3
"""Expected numbers of src/core/analyze.test.ts, from the formulas alone: python3 scripts/vectors/report.py

Two regimes (50/50 and 80/20), a conversion and a mean stored around 100; K = 2, alpha = .05, one guardrail.
Stratified difference: sum w d / sum w with w = n_a n_b/(n_a + n_b). One-sided sequence at level a, tuned for u units:
rho^2 = t/u, with t the root of t - log(1 + t) = -2 log(2a); half-width SE sqrt(2 (x+1)/x log(1 + sqrt(x+1)/(2a))), x = N rho^2.
"""
from fractions import Fraction
from math import exp, log, sqrt


def tuning(alpha):
    """The positive root of t - log(1 + t) = -2 log(alpha), by bisection: -W_-1(-alpha^2/e) - 1."""
    low, high = 1e-9, 1e4
    for _ in range(300):
        middle = (low + high) / 2
        low, high = (middle, high) if middle - log(1 + middle) < -2 * log(alpha) else (low, middle)
    return (low + high) / 2


def reach(n, alpha, units):
    x = n * tuning(2 * alpha) / units
    return sqrt(2 * (x + 1) / x * log(1 + sqrt(x + 1) / (2 * alpha)))


def one_sided_p(z, n, alpha, units):
    x = n * tuning(2 * alpha) / units
    return min(1, sqrt(x + 1) / (2 * (exp(z * z * x / (2 * (x + 1))) - 1))) if z > 0 else 1


def two_sided_reach(n, alpha, units):
    x = n * tuning(alpha) / units
    return sqrt(2 * (x + 1) / x * (log(sqrt(x + 1)) - log(alpha)))


# (n, sum X, sum X^2) with Y = 1, per regime: control, variant. The mean is stored as X - 100.
conversion = [((1000, 300, 300), (1020, 380, 380)), ((1600, 500, 500), (390, 150, 150))]
mean = [((900, -450, 91000), (910, 2100, 99000)), ((1500, -700, 149000), (380, 900, 41000))]


def contrast(regimes):
    total = sum(Fraction(a[0] * b[0], a[0] + b[0]) for a, b in regimes)
    arms, variances = [Fraction(0), Fraction(0)], [Fraction(0), Fraction(0)]
    for regime in regimes:
        (na, _, _), (nb, _, _) = regime
        share = Fraction(na * nb, na + nb) / total
        for k, (n, s, ss) in enumerate(regime):
            arms[k] += share * Fraction(s, n)
            variances[k] += share ** 2 * (ss - Fraction(s * s, n)) / (n - 1) / n
    n = sum(a[0] + b[0] for a, b in regimes)
    return [float(x) for x in arms], [float(x) for x in variances], n


def show(name, regimes, harm_alpha, centre=0, margin=None):
    (a, b), (va, vb), n = contrast(regimes)
    difference, se = b - a, sqrt(va + vb)
    print(name, "difference", difference)
    print("  gain end reach", se * reach(n, 0.05, 5000), "harm end reach", se * reach(n, harm_alpha, 2000))
    print("  p", one_sided_p((difference if margin is None else margin - difference) / se, n, 0.05, 5000))
    a, b = a + centre, b + centre
    lift = b / a - 1
    spread = sqrt((vb + va * (b / a) ** 2) / a ** 2)
    print("  lift", lift, "gain end reach", spread * reach(n, 0.05, 5000))


show("conversion", conversion, 0.01 / 2)
show("mean", mean, 0.02, 100, 4)
n, s, ss = (sum(arm[1][i] for arm in conversion) for i in range(3))
value = s / n
print("own interval of the variant", value, sqrt((ss - s * s / n) / (n - 1) / n) * two_sided_reach(n, 0.05, 5000))
