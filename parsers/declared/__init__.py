"""What a feed's `[layout]` says of the values of a file, whatever separates them.

Shared by the declarative formats `delimited` and `fixed_width`: each of them turns bytes into
columns of text; here the layout says what the columns mean.

Records
    detail    one line of money each; its texts are named by `[layout.columns]`

Modules
    rules     the keys of `[layout]` that both formats have, as models
    forms     how dates and times are written
    convert   text to typed columns, each by one strict grammar
    signs     credit to us is positive
    totals    what the file declares about itself, against what it holds
    lines     all of them in their order: cells in, settlement lines out
"""
