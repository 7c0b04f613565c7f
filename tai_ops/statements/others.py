"""Tables that are no bank statement, told by their headings, so that the refusal can say what they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from tai_ops.statements.words import fold, roles_of


@dataclass(frozen=True, slots=True)
class Other:
    """A kind of table: what to call it, and groups of headings of which it has one each.

    `tells_lines` is whether it may tell whom or what each row was for; a summary has no column of that.
    """

    label: str
    groups: tuple[frozenset[str], ...]
    tells_lines: bool = True


def _group(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(","))


_GOODS = """items, item, item name, price, unit price, shipping, product, product name, products, quantity, qty, route, tariff,
    artikel, preis, menge, articles, prix, quantite, precio, cantidad, title, sku, asin, ship date, producto, prezzo"""
_OTHERS: tuple[Other, ...] = (
    Other(
        "a list of orders",
        (
            _group("""order id, order number, order no, order nr, order url, order date, order status, order total,
            bestellnummer, bestelldatum, bestell nr, numero de commande, date de commande, numero de pedido,
            numero ordine, bestelnummer, ordernummer, ordrenummer"""),
            _group(_GOODS),
        ),
    ),
    Other(
        "a journal of bookkeeping entries",
        (
            _group("""journal number, journal no, journal id, journal date, journal entry, journal line, journal name,
            journal entry number, journal type, debit account, sollkonto, soll konto, compte debit, belegfeld 1,
            buchungssatz, general ledger account, num ecriture, ecriture num, journal code, journal lib"""),
            _group("""account name, account, account code, account number, account id, konto, gegenkonto, habenkonto,
            gegenkonto ohne bu schlussel, haben konto, credit account, compte, compte credit, compte num, line number,
            entry number, journal number, general ledger account, tax code"""),
        ),
    ),
    Other(
        "a summary of statements, with no lines in it",
        (
            _group("""num transactions, number of transactions, no of transactions, transaction count, transactions count,
            anzahl umsatze, anzahl buchungen, nombre d operations, numero de transacciones, count of transactions"""),
        ),
        tells_lines=False,
    ),
    Other(
        "a list of investments",
        (
            _group(
                "symbol, ticker, isin, cusip, security, security name, wkn, instrument, wertpapier, titre, valeur isin"
            ),
            _group(
                "quantity, shares, units, qty, stuck, stuckzahl, anzahl, nominal, quantite, cantidad, number of shares"
            ),
        ),
    ),
    Other(
        "a list of invoices",
        (
            _group("""invoice number, invoice no, invoice id, invoice, invoice date, rechnungsnummer, rechnungs nr,
            numero de facture, numero de factura, numero fattura, factuurnummer, fakturanummer"""),
            _group(
                "due, due date, due on, fallig, fallig am, falligkeit, date d echeance, vencimiento, scadenza, vervaldatum"
            ),
        ),
    ),
    Other(
        "bills; take them in with `tai-ops load bills`",
        (_group("bill id"), _group("incurred on, due on, paid on")),
    ),
    Other(
        "book entries; take them in with `tai-ops load entries`", (_group("entry id"), _group("booked on"))
    ),
    Other(
        "payments; take them in with `tai-ops load payments`",
        (_group("payment id"), _group("received on"), _group("invoice number, payer")),
    ),
    Other(
        "a list of subscriptions",
        (
            _group("subscription id, subscription"),
            _group("plan, interval, starts on, current period start, product"),
        ),
    ),
)


def other_table(header: Sequence[str]) -> str | None:
    """What a table with this header is, where it is known to be no bank statement; None otherwise."""
    headings = {fold(cell) for cell in header if cell.strip()}
    if any("balance" in roles_of(cell) for cell in header):
        return None
    lines = any(roles_of(cell).keys() & {"payee", "description"} for cell in header)
    fitting = (other for other in _OTHERS if all(group & headings for group in other.groups))
    return next((other.label for other in fitting if other.tells_lines or not lines), None)
