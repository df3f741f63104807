"""People decide about matches: confirm or reject a proposal, undo a match, put lines together."""
