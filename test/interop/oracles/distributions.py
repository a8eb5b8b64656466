"""Writes test/fixtures/statistics/distributions.json: values of scipy that src/base/statistics must reproduce.

Run in a virtual environment with scipy and statsmodels:  python distributions.py > ../../fixtures/statistics/distributions.json
"""

import json

import scipy
from scipy import special, stats
from statsmodels.stats.multitest import multipletests

rows = []


def add(name, args, value):
    """Values under 1e-300 have lost digits and are left out."""
    if abs(value) > 1e-300:
        rows.append([name, args, float(value)])


for x in [1e-8, 0.01, 0.3, 0.5, 1.5, 2.5, 3.7, 10, 15.5, 29.9, 30.1, 171.5, 1e4, 1e8]:
    add("logGamma", [x], special.gammaln(x))
for z in [-38, -20, -8.3, -5, -1.96, -0.5, -1e-9, 0, 1e-9, 0.1, 0.67, 1, 1.96, 3, 6, 8.3, 20, 37]:
    add("normalCdf", [z], stats.norm.cdf(z))
    add("normalSf", [z], stats.norm.sf(z))
for p in [1e-300, 1e-30, 1e-12, 1e-6, 0.001, 0.025, 0.07, 0.2, 0.5, 0.51, 0.9, 0.975, 0.999, 0.999999999]:
    add("normalQuantile", [p], stats.norm.ppf(p))
for df in [1, 2, 3, 5, 19, 20, 99, 1000, 100000]:
    for factor in [0.01, 0.3, 0.9, 1, 1.1, 1.5, 3, 10]:
        x = df * factor
        add("chiSquareSf", [x, df], stats.chi2.sf(x, df))
        add("chiSquareCdf", [x, df], stats.chi2.cdf(x, df))
for k, m in [(0, 0.5), (3, 3), (10, 2.5), (100, 80), (5000, 5100), (1000000, 1002000)]:
    add("poissonSf", [k, m], stats.poisson.sf(k, m))
for df in [0.5, 1, 2, 3, 7.5, 30, 200, 5000, 1000000]:
    for t in [-30, -3, -0.5, 0.001, 0.7, 1.96, 2.6, 5, 12, 40]:
        add("studentTSf", [t, df], stats.t.sf(t, df))
for df in [1, 2.5, 9, 30, 1000]:
    for p in [1e-6, 0.005, 0.025, 0.3, 0.8, 0.975, 0.9995]:
        add("studentTQuantile", [p, df], stats.t.ppf(p, df))
for d1, d2 in [(1, 1), (2, 10), (5, 5), (10, 200), (300, 400), (5000, 100000)]:
    for f in [0.05, 0.5, 0.99, 1.01, 1.5, 4, 20]:
        add("fSf", [f, d1, d2], stats.f.sf(f, d1, d2))
for n, p in [(1, 0.5), (10, 0.5), (24, 0.5), (100, 0.03), (1000, 0.2), (100000, 0.5), (1000000, 0.001)]:
    mean, sd = n * p, (n * p * (1 - p)) ** 0.5
    for k in sorted({max(0, min(n - 1, int(mean + s * sd))) for s in (-6, -2, 0, 1, 5)}):
        add("binomialCdf", [k, n, p], stats.binom.cdf(k, n, p))
        add("binomialSf", [k, n, p], stats.binom.sf(k, n, p))
for a, b in [(0.5, 0.5), (0.1, 7), (1, 1), (2, 3), (50, 0.3), (300, 700), (20000, 30000)]:
    for x in [1e-6, 0.05, 0.3, 0.4, 0.5, 0.77, 0.999]:
        add("regularizedBeta", [x, a, b], special.betainc(a, b, x))
for a, b in [(0.5, 0.5), (3, 8), (17, 1), (400, 600)]:
    for p in [0.001, 0.025, 0.5, 0.975]:
        add("betaQuantile", [p, a, b], stats.beta.ppf(p, a, b))

adjust = []
for ps in [[0.01, 0.04, 0.03, 0.5], [0.2], [0.001, 0.001, 0.9, 0.02, 0.02], [1, 0, 0.049, 0.051, 0.0004, 0.3]]:
    adjust.append(
        {
            "p": ps,
            "benjaminiHochberg": list(stats.false_discovery_control(ps)),
            "holm": list(multipletests(ps, method="holm")[1]),
            "bonferroni": list(multipletests(ps, method="bonferroni")[1]),
        }
    )

versions = {"scipy": scipy.__version__}
body = ",\n".join("    " + json.dumps(row) for row in rows)
print('{\n  "versions": %s,\n  "adjust": %s,\n  "values": [\n%s\n  ]\n}' % (json.dumps(versions), json.dumps(adjust), body))
