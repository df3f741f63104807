"""Delimited bytes to rows of text: where every line starts, whether it has all its fields.

CSV readers repair silently (a short row becomes nulls, a repeated column is renamed, a lone CR
hides the whole file). So lines and fields are counted here, on the bytes, before Polars reads a
value; only a file whose shape is right is read at all.

Records
    header    one line of names, unless columns are numbered
    detail    one line each, as many fields as the header
    trailer   the last line, where a layout says how it is known

Modules
    shape     what a layout or a report says of its file, and the types of what is found
    spans     where records stand in a run of bytes: ends, quotes, fields
    edges     what stands before and after the details: header, trailer, comments, blank lines
    cells     the details as text; few: the same for few of them
    reading   a whole file, or one bounded piece after the other
"""
