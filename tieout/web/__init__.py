"""The finance team's pages: server-rendered, read-only for now."""
