"""Writes test/fixtures/statistics/homogeneity.json: G, Pearson, PSI and Jensen-Shannon of count tables, by scipy and numpy.

Run in a virtual environment with scipy:  python homogeneity.py > ../../fixtures/statistics/homogeneity.json
"""

import json

import numpy as np
import scipy
from scipy import stats

tables = [
    [[100, 200, 300], [120, 180, 310]],
    [[5000, 2500, 1250, 1250], [60, 20, 15, 25]],
    [[30, 30, 40], [10, 40, 50]],
    [[508239, 12, 900], [458170, 30, 800]],
    [[25, 25], [25, 25]],
    [[1000, 500, 60], [100, 60, 12]],
]
rows = []
for reference, current in tables:
    table = np.array([reference, current])
    n, m = table.sum(axis=1)
    g, gp, df, expected = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    x, xp, _, _ = stats.chi2_contingency(table, correction=False)
    p, q = table[0] / n, table[1] / m
    middle = (n * p + m * q) / (n + m)
    jsd = (n * stats.entropy(p, middle) + m * stats.entropy(q, middle)) / (n + m)
    rows.append(
        {
            "reference": reference,
            "current": current,
            "least": float(expected.min()),
            "degrees": int(df),
            "g": [float(g), float(gp)],
            "pearson": [float(x), float(xp)],
            "psi": float(((q - p) * np.log(q / p)).sum()),
            "jsd": float(jsd),
        }
    )
print(json.dumps({"versions": {"scipy": scipy.__version__}, "tables": rows}, indent=1))
