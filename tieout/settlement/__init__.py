"""Facts from settlement files applied to the core, a day at a time."""
