"""Writes stats/vectors/special_tails.json: special functions at random arguments, deep tails included, to 25 digits.

    pip install mpmath gmpy2 scipy && python3 scripts/vectors/special.py > stats/vectors/special_tails.json

Incomplete beta and gamma functions come from their continued fractions (DLMF 8.17.22, 8.9.2) or series in 45 digits, and
are checked against mpmath's own where that is quick. A quantile case starts from a value x, takes p = F(x) as the nearest
double, and moves x by the little that rounding p costs, (p − F(x)) / f(x).
"""
import json
import math
import random
import sys

from mpmath import mp, mpf, beta as mp_beta, betainc, erf, erfc, exp, gammainc, inf, log, loggamma, log1p, pi, sqrt
from scipy import special

mp.dps = 45
TINY = mpf(10) ** -28
rand = random.Random(20240229)


def lentz(terms):
    """b0 + a1/(b1 + a2/(b2 + ...)), by the modified Lentz method; `terms` yields (a, b)."""
    _, b = next(terms)
    f = b if b != 0 else mpf(10) ** -200
    c, d = f, mpf(0)
    for a, b in terms:
        d = b + a * d
        d = 1 / (d if d != 0 else mpf(10) ** -200)
        c = b + a / c
        c = c if c != 0 else mpf(10) ** -200
        f *= c * d
        if abs(c * d - 1) < TINY:
            return f


def beta_terms(x, a, b):
    yield 0, mpf(0)
    yield 1, mpf(1)
    m = 0
    while True:
        yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), mpf(1)
        m += 1
        yield m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), mpf(1)


def beta_log_pdf(x, y, a, b):
    return (a - 1) * log(x) + (b - 1) * log(y) + loggamma(a + b) - loggamma(a) - loggamma(b)


def beta_pair(x, y, a, b):
    """I_x(a, b) and its complement; y = 1 - x."""
    x, y, a, b = mpf(x), mpf(y), mpf(a), mpf(b)
    if x > (a + 1) / (a + b + 2):
        upper, lower = beta_pair(y, x, b, a)
        return lower, upper
    lower = exp(beta_log_pdf(x, y, a, b)) * x * y / a * lentz(beta_terms(x, a, b))
    return lower, 1 - lower


def gamma_log_pdf(x, a):
    return (a - 1) * log(x) - x - loggamma(a)


def gamma_terms(x, a):
    yield 0, mpf(0)
    yield 1, x + 1 - a
    k = 1
    while True:
        yield -k * (k - a), x + 2 * k + 1 - a
        k += 1


def gamma_pair(x, a):
    """P(a, x) and Q(a, x)."""
    x, a = mpf(x), mpf(a)
    if x < a + 1:
        term = total = 1 / a
        k = 1
        while term > total * TINY:
            term *= x / (a + k)
            total += term
            k += 1
        lower = exp(gamma_log_pdf(x, a)) * x * total
        return lower, 1 - lower
    upper = exp(gamma_log_pdf(x, a)) * x * lentz(gamma_terms(x, a))
    return 1 - upper, upper


for x, a, b in [(0.3, 2, 5), (0.9, 0.5, 30), (0.01, 200, 3.5)]:
    assert abs(beta_pair(x, 1 - mpf(x), a, b)[0] / betainc(a, b, 0, x, regularized=True) - 1) < 1e-25
for x, a in [(0.3, 2), (40, 0.5), (60, 90.5)]:
    assert abs(gamma_pair(x, a)[1] / gammainc(a, x, inf, regularized=True) - 1) < 1e-25

cases = []


def number(value):
    value = float(value)
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def add(name, arguments, value, tolerance=1e-10):
    if value == 0 or abs(value) < mpf("1e-305"):
        return
    call = f"{name}({','.join(number(argument) for argument in arguments)})"
    cases.append({
        "id": f"tail-{len(cases)}", "method": call, "inputs": {"call": call}, "expected": {"value": float(value)},
        "tolerance": {"kind": "rel", "value": tolerance}, "provenance": "computed with mpmath, 45 digits",
    })


def log_uniform(low, high):
    return 10 ** rand.uniform(low, high)


def quantile_case(name, p, pdf, x, arguments, tolerance=1e-10):
    rounded = float(p)
    if rounded < 1e-305 or 1 - p < 1e-9:
        return
    add(name, [rounded, *arguments], mpf(x) + (mpf(rounded) - p) / pdf, tolerance)


def wanted():
    """A probability: half central, half deep in the tail."""
    return rand.uniform(0.01, 0.99) if rand.random() < 0.5 else 10 ** -rand.uniform(2, 300)


def beta_cases(count, low, high, lower_b=None, upper_b=None):
    for _ in range(count):
        a = log_uniform(low, high)
        b = log_uniform(low if lower_b is None else lower_b, high if upper_b is None else upper_b)
        if rand.random() < 0.3:
            a, b = float(round(a) + 1), float(round(b) + 1)
        x = float((special.betaincinv if rand.random() < 0.5 else special.betainccinv)(a, b, wanted()))
        if not 1e-300 < x < 1 - 1e-9:
            continue
        exact = mpf(x)
        lower, above = beta_pair(exact, 1 - exact, a, b)
        add("beta.cdf", [x, a, b], lower)
        add("beta.sf", [x, a, b], above)
        pdf = exp(beta_log_pdf(exact, 1 - exact, mpf(a), mpf(b)))
        add("beta.pdf", [x, a, b], pdf)
        quantile_case("beta.inv", lower, pdf, x, [a, b])


def gamma_cases(count, low, high):
    for _ in range(count):
        shape, scale = log_uniform(low, high), log_uniform(-3, 3)
        if rand.random() < 0.3:
            shape = float(round(shape) + 1)
        x = float((special.gammaincinv if rand.random() < 0.5 else special.gammainccinv)(shape, wanted())) * scale
        if not 1e-300 < x < 1e300:
            continue
        reduced = mpf(x) / mpf(scale)
        lower, above = gamma_pair(reduced, shape)
        add("gamma.cdf", [x, shape, scale], lower)
        add("gamma.sf", [x, shape, scale], above)
        pdf = exp(gamma_log_pdf(reduced, mpf(shape))) / mpf(scale)
        add("gamma.pdf", [x, shape, scale], pdf)
        quantile_case("gamma.inv", lower, pdf, x, [shape, scale])
        chi = float(2 * reduced)
        lower, above = gamma_pair(mpf(chi) / 2, shape)
        add("chisquare.cdf", [chi, 2 * shape], lower)
        add("chisquare.sf", [chi, 2 * shape], above)
        pdf = exp(gamma_log_pdf(mpf(chi) / 2, mpf(shape))) / 2
        add("chisquare.pdf", [chi, 2 * shape], pdf)
        quantile_case("chisquare.inv", lower, pdf, chi, [2 * shape])
        add("lowRegGamma", [shape, chi / 2], lower)


def student_pair(t, df):
    """P(T <= t) and P(T > t)."""
    t, df = mpf(t), mpf(df)
    tail = beta_pair(df / (df + t * t), t * t / (df + t * t), df / 2, mpf(1) / 2)[0] / 2 if t != 0 else mpf(1) / 2
    return (1 - tail, tail) if t > 0 else (tail, 1 - tail)


def student_cases(count):
    for _ in range(count):
        df = rand.choice([1.0, 2.0, 5.0, 10.0, log_uniform(-2, 3), log_uniform(1, 10)])
        share = special.betaincinv(df / 2, 0.5, wanted())
        t = -math.sqrt(df * (1 - share) / share) if share > 0 else 0.0
        if not -1e150 < t < 0:
            continue
        lower, _ = student_pair(t, df)
        add("studentt.cdf", [t, df], lower)
        add("studentt.sf", [-t, df], lower)
        add("studentt.cdf", [-t, df], 1 - lower)
        exact, nu = mpf(t), mpf(df)
        pdf = exp(loggamma((nu + 1) / 2) - loggamma(nu / 2) - log(nu * pi) / 2 - (nu + 1) / 2 * log1p(exact ** 2 / nu))
        add("studentt.pdf", [t, df], pdf)
        quantile_case("studentt.inv", lower, pdf, t, [df])
        quantile_case("studentt.inv", 1 - lower, pdf, -t, [df])


def f_cases(count):
    for _ in range(count):
        d1, d2 = float(round(log_uniform(0, 3))), float(round(log_uniform(0, 6)))
        near = float((special.betaincinv if rand.random() < 0.5 else special.betainccinv)(d1 / 2, d2 / 2, wanted()))
        x = d2 * near / (d1 * (1 - near)) if near < 1 else 0.0
        if not 1e-290 < x < 1e290:
            continue
        share = lambda f: (d1 * f / (d1 * f + d2), d2 / (d1 * f + d2))
        lower, above = beta_pair(*share(mpf(x)), d1 / 2, d2 / 2)
        add("centralF.cdf", [x, d1, d2], lower)
        add("centralF.sf", [x, d1, d2], above)
        near, far = share(mpf(x))
        pdf = exp(beta_log_pdf(near, far, mpf(d1) / 2, mpf(d2) / 2)) * near * far / mpf(x)
        add("centralF.pdf", [x, d1, d2], pdf)
        quantile_case("centralF.inv", lower, pdf, x, [d1, d2])


def normal_cases(count):
    for _ in range(count):
        z = rand.choice([rand.uniform(-38, 8), rand.uniform(-4, 4), rand.gauss(0, 1e-3)])
        lower = erfc(-mpf(z) / sqrt(2)) / 2
        add("normal.cdf", [z], lower, 1e-12)
        add("normal.logcdf", [z], log(lower), 1e-12)
        pdf = exp(-mpf(z) ** 2 / 2) / sqrt(2 * pi)
        add("normal.pdf", [z], pdf, 1e-12)
        if z < 5:
            quantile_case("normal.inv", lower, pdf, z, [], 1e-12)
        add("erf", [z / 4], erf(mpf(z / 4)), 1e-12)
        add("erfc", [-z / 2], erfc(-mpf(z / 2)), 1e-12)
    for z in [-30, -38, -39.5, -40, -100, -1e4]:
        add("normal.logcdf", [z], log(erfc(-mpf(z) / sqrt(2)) / 2), 1e-12)
    for p in ["1e-300", "1e-200", "1e-100", "1e-50", "1e-20", "1e-16"]:
        z = float(special.ndtri(float(p)))
        lower, pdf = erfc(-mpf(z) / sqrt(2)) / 2, exp(-mpf(z) ** 2 / 2) / sqrt(2 * pi)
        add("normal.inv", [float(p)], mpf(z) + (mpf(float(p)) - lower) / pdf, 1e-12)


def log_cases(count):
    for _ in range(count):
        x, a, b = log_uniform(-6, 9), log_uniform(-3, 8), log_uniform(-3, 8)
        add("gammaln", [x], loggamma(mpf(x)), 1e-12)
        add("betaln", [a, b], loggamma(mpf(a)) + loggamma(mpf(b)) - loggamma(mpf(a) + mpf(b)), 1e-12)


scale = int(sys.argv[1]) if len(sys.argv) > 1 else 1
beta_cases(8 * scale, -3, 0.5)
beta_cases(8 * scale, -1, 2)
beta_cases(10 * scale, 0, 5)
beta_cases(6 * scale, 4, 7.7)
beta_cases(5 * scale, -1, 3.3, 5, 8)
beta_cases(5 * scale, 5, 8, -1, 3.3)
gamma_cases(5 * scale, -3, 0.5)
gamma_cases(6 * scale, -1, 2)
gamma_cases(6 * scale, 1, 5)
gamma_cases(4 * scale, 5, 8)
student_cases(16 * scale)
f_cases(8 * scale)
normal_cases(12 * scale)
log_cases(10 * scale)
rows = ",\n".join("  " + json.dumps(case) for case in cases)
print('{\n "title": "Special functions at random arguments, deep tails included",\n "cases": [\n' + rows + "\n ]\n}")
