"""What is built on a fit."""

from mixtura.uses.pooling import Pooled, pool_imputations

__all__ = ["Pooled", "pool_imputations"]
