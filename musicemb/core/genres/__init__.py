"""Genre words, their families, and the predictors of genres."""
