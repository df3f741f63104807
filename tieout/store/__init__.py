"""The database side of the core: engine, tables, services that commit state and events together."""
