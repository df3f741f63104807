"""The finance team's pages: server-rendered, read-only, usable without JavaScript.

Every state of a page is a URL. The pages ask `tieout.reports` and show what it answers; the only
other thing they read is the byte range of a received file, which is the evidence of a case.
"""
