"""Models that warn and forecast: features, backtest against simple rivals, gate, registry, predictions.

Lives here: churn, sales forecast, their rivals, splits, metrics and the model folder; reads `features.*`,
writes `predictions.*`. Not here: feature SQL, business rules, Dagster, any other table, any clock. Imported
by `orchestration` only; imports `warehouse` and libraries, the heavy ones inside functions.
"""
