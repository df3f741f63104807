"""Ingenico (GlobalCollect) Web Collect report, version 1: every record of a day, as flat XML.

    <tns:report xmlns:tns="https://wx.v2_6.globalcollect.com">
      <tns:AccountID>1234</tns:AccountID> ...
      <tns:DataRecord> <tns:MerchantID>1234</tns:MerchantID> ...
        <tns:PaymentData> <tns:Recordcategory>-</...> <tns:Recordtype>CR</...> ...
          <tns:CurrencyDue>USD</...> <tns:AmountDue>-10000</...> <tns:DateDue>2026-03-02</...>
      <tns:TotalAmount> <tns:TotalAmountDebited>10000</...> ...
      <tns:NumberOfRecords>1</tns:NumberOfRecords>

Records
    category +   a payment, collected or reported by the bank: it is due to us
    category -   a refund, a chargeback, a reversal: it is due from us
    category X   a payment sent for settlement: what is due is not stated yet, what is paid is

Amounts are signed hundredths. Files come packed (wx1.*.xml.gz): they are read unpacked. Source: the
public reader and the files of two public repositories (docs/formats/ingenico_wx.md).
"""

from parsers.contract import Format
from parsers.ingenico_wx.parse import looks_like, parse

FORMAT = Format("ingenico_wx", looks_like=looks_like, parse=parse)
