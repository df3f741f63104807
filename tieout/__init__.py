"""tieout: reconciliation and settlement for payments; every run proves that nothing was lost."""

__version__ = "0.1.0"
