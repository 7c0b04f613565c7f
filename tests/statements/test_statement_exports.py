"""Exports with rules of their own; every row here is made up."""

import pytest
from statements.statement_text import amounts, read

STRIPE = (
    "id,description,created,amount,amount_refunded,currency,converted_amount,converted_amount_refunded,fee,tax,converted_currency,status\n"
    "ch_1,Plan,2026-01-30 13:12,100.00,0.00,usd,100.00,0.00,3.20,0.00,usd,Paid\n"
    "ch_2,Plan,2026-01-31 13:12,50.00,20.00,usd,50.00,20.00,1.75,0.00,usd,Refunded\n"
    "ch_3,Plan,2026-01-31 14:12,70.00,0.00,usd,70.00,0.00,0.00,0.00,usd,Failed\n"
)
CASES = {
    "stripe-payments": (STRIPE, ["100.00", "30.00"]),
    "stripe-balance": (
        (
            "balance_transaction_id,created,available_on,currency,gross,fee,net,reporting_category,source_id,description\n"
            "txn_1,2026-01-30 10:00:00,2026-02-01 00:00:00,usd,100.00,3.20,96.80,charge,ch_1,Plan\n"
            "txn_2,2026-01-31 10:00:00,2026-01-31 00:00:00,usd,-90.00,0.00,-90.00,payout,po_1,Payout\n"
        ),
        ["96.80", "-90.00"],
    ),
    "stripe-payouts": (
        (
            "id,Amount,Created (UTC),Currency,Arrival Date (UTC),Status,Method,Description\n"
            "po_1,90.00,2026-01-30 10:00,usd,2026-01-31 00:00,paid,standard,STRIPE PAYOUT\n"
        ),
        ["-90.00"],
    ),
    "paypal": (
        (
            '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","Transaction ID","Balance"\n'
            '"1/30/2026","10:00:00","PST","Ann","Payment","Completed","USD","100.00","-3.20","96.80","A1","96.80"\n'
            '"1/31/2026","10:00:00","PST","Bob","Payment","Pending","USD","50.00","0.00","50.00","A2","96.80"\n'
            '"1/31/2026","11:00:00","PST","","Transfer","Completed","USD","-96.80","0.00","-96.80","A3","0.00"\n'
        ),
        ["96.80", "-96.80"],
    ),
    "revolut": (
        (
            "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
            "TOPUP,Current,2026-01-01 10:00:00,2026-01-01 10:00:01,Pay,500.00,0.00,CHF,COMPLETED,500.00\n"
            "CARD_PAYMENT,Current,2026-01-15 12:30:00,2026-01-15 12:30:02,Shop,-25.50,0.42,CHF,COMPLETED,474.08\n"
            "CARD_PAYMENT,Current,2026-01-16 12:30:00,,Shop,-5.00,0.00,CHF,PENDING,\n"
            "CARD_PAYMENT,Current,2026-01-17 12:30:00,,Shop,-6.00,0.00,CHF,REVERTED,\n"
        ),
        ["500.00", "-25.92"],
    ),
    "mercury": (
        (
            "Date (UTC),Description,Amount,Status,Source Account,Bank Description,Reference,Note,Original Currency\n"
            "04-07-2026,GUSTO,-46.00,Sent,Checking 1,GUSTO FEE,,,\n04-06-2026,Cloud,-3.63,Pending,Credit,CLOUD,,,USD\n"
        ),
        ["-46.00"],
    ),
    "wise": (
        (
            "TransferWise ID,Date,Amount,Currency,Description,Payment Reference,Running Balance,Exchange From,Exchange To,"
            "Exchange Rate,Payer Name,Payee Name,Payee Account Number,Merchant,Total fees\n"
            "TRANSFER-1,07-04-2026,-100.00,EUR,Sent money to Ann,Inv 1,900.00,EUR,EUR,,,Ann,DE1,,1.20\n"
            "TRANSFER-1,07-04-2026,-1.20,EUR,Wise Charges for: TRANSFER-1,,898.80,EUR,EUR,,,,,,1.20\n"
        ),
        ["-100.00", "-1.20"],
    ),
    "wise-history": (
        (
            "ID,Status,Direction,Created on,Finished on,Source fee amount,Source fee currency,Source name,"
            "Source amount (after fees),Source currency,Target name,Target amount (after fees),Target currency,Reference\n"
            "TRANSFER-1,COMPLETED,OUT,2026-01-30 10:00:00,2026-01-30 10:00:05,1.20,EUR,Us,98.80,EUR,Ann,98.80,EUR,Inv 1\n"
            "TRANSFER-2,COMPLETED,IN,2026-01-31 10:00:00,2026-01-31 10:00:05,0.00,EUR,Bob,50.00,EUR,Us,50.00,EUR,\n"
            "BALANCE-3,COMPLETED,NEUTRAL,2026-01-31 11:00:00,2026-01-31 11:00:05,0.50,EUR,Us,10.00,EUR,Us,11.00,USD,\n"
            "TRANSFER-4,CANCELLED,OUT,2026-01-31 12:00:00,2026-01-31 12:00:05,0,EUR,Us,5.00,EUR,Ann,5.00,EUR,\n"
        ),
        ["-100.00", "50.00", "-10.50", "11.00"],
    ),
    "plaid": (
        (
            "date,name,amount,pending,account_id,category_id,merchant_name,transaction_id,iso_currency_code\n"
            "2026-01-30,Cab 1,6.33,False,A1,22,Cab,t1,USD\n2026-01-31,Pay,-100.00,False,A1,22,,t2,USD\n"
        ),
        ["-6.33", "100.00"],
    ),
    "amex": (
        "Date,Description,Card Member,Account #,Amount\n01/30/2026,SHOP,A B,-1001,12.50\n01/31/2026,PAYMENT,A B,-1001,-12.50\n",
        ["-12.50", "12.50"],
    ),
    "discover": (
        "Trans. Date,Post Date,Description,Amount,Category\n01/30/2026,01/31/2026,SHOP,12.50,Food\n01/31/2026,01/31/2026,PAYMENT,-12.50,Payments\n",
        ["-12.50", "12.50"],
    ),
    "pc-financial": (
        '"Merchant Name","Card Used For Transaction","Date","Time","Amount"\n"Shop","**** 1","01/30/2026","06:50 PM","12.50"\n',
        ["-12.50"],
    ),
}


@pytest.mark.parametrize("export", CASES)
def test_an_export_is_known_by_its_header(export):
    text, expected = CASES[export]
    statement = read(text)
    assert statement.format == export
    assert amounts(statement) == expected
    assert (statement.sure, statement.sure_sign, statement.rejected) == (True, True, ())
    assert statement.balance_ties in {None, True}
    again = read(text, layout=statement.layout)
    assert (amounts(again), again.format) == (expected, export)
    assert list(again.columns.row_key) == list(statement.columns.row_key)


def test_stripes_fees_are_said_and_not_taken_off():
    assert "Stripe's fees (4.95) are not taken off these lines" in read(STRIPE).warnings


def test_a_conversion_moves_two_balances_of_one_row():
    statement = read(CASES["wise-history"][0])
    assert [(line.row, line.currency) for line in statement.lines][2:] == [(4, "EUR"), (4, "USD")]
    assert len(set(statement.columns.row_key)) == 4
