"""Mastercard IPM clearing files (GCMS: T112 received, R111 sent), VBS or 1014-blocked.

    00 00 01 6b  1644 <bitmap 16> ... 697 ... 0105 025 001 261119 00000012345 01201   header
    00 00 02 0c  1240 <bitmap 16> 16 5413...  000000 000000015000 ...                 presentment
    00 00 01 a1  1644 <bitmap 16> ... 695 ... 0301 016 0000000000037444  0306 008 ... trailer
    00 00 00 00                                                                       end

Records
    1644/697  file header: PDS0105 file id, PDS0122 P or T (test files must not post)
    1240      first presentment (200), second presentment (205, 282)
    1442      chargeback (450, 453; arbitration 451, 454)
    1740      fee collection
    1644/685  financial position, 688 settlement position: totals, checked (positions.py)
    1644      other function codes are messages without money of their own; counted only
    1644/695  file trailer: PDS0301 sum of DE4 without sign, PDS0306 number of messages

How it is read
    container, lengths  the file in chunks of whole records
    text, elements      places of every element in all records of a chunk, and what stands there
    controls, positions header and trailer, totals of the scheme
    money, dates, cards, lines   the columns of the frame
    faults              records that are not understood, one by one

The clearing manual is licensed; positions are what two or more public code bases agree on
(adelosa/cardutil, sgerrand/payment-card-util), see layout.py. `event_at` stays empty: DE12 is the
local time of a place whose zone the file does not say.
"""

from parsers.contract import Format
from parsers.mastercard_ipm.container import looks_like
from parsers.mastercard_ipm.parse import parse

FORMAT = Format(
    "mastercard_ipm",
    looks_like=looks_like,
    parse=parse,
    options=frozenset({"perspective", "amount", "encoding", "allow_test"}),
)
