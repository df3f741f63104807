"""What `dagster dev -m pipelines.definitions` loads: the workspace that TIEOUT_HOME names."""

from dagster import Definitions, definitions

from pipelines.build import build_definitions
from tieout.config import home_from_environment


@definitions
def defs() -> Definitions:
    """Return the definitions of the workspace that TIEOUT_HOME names."""
    return build_definitions(home_from_environment())
