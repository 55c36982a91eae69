"""Figures for evaluations: retrieval, probes, calibration, intervals."""
