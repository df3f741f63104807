"""The tables, one module per owner; importing a module adds its tables to the one MetaData."""

import importlib
import pkgutil

from sqlalchemy import MetaData

from tieout.store.metadata import metadata


def load_metadata() -> MetaData:
    """Import every table module of this package and return the MetaData they fill."""
    for module in pkgutil.iter_modules(__path__, prefix=f"{__name__}."):
        importlib.import_module(module.name)
    return metadata
