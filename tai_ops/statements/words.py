"""The words that banks print: column headings by role, flags, statuses and summary lines, in a dozen languages.

Every phrase is folded (lower case, no accents, no punctuation). A heading is looked up whole, then by the
phrases in it, then by the endings of its words, so that a bank that nobody has listed is read as well.
"""

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args

Role = Literal[
    "date",
    "amount",
    "money_in",
    "money_out",
    "flag",
    "balance",
    "balance_before",
    "payee",
    "payer",
    "description",
    "reference",
    "bank_id",
    "currency",
    "account",
    "status",
    "pending",
    "fee",
    "other",
]

CURRENCIES = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DEM DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
    "HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL "
    "LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR "
    "PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL".split()
)
THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "₪": "ILS",
    "฿": "THB",
    "₫": "VND",
    "₴": "UAH",
    "₦": "NGN",
    "zł": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "r$": "BRL",
}

_WORDS: dict[str, Any] = tomllib.loads(files("tai_ops.statements").joinpath("words.toml").read_text("utf-8"))


def _listed(text: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in text.split(",")]


_ENDINGS: tuple[tuple[str, Role, int], ...] = (
    ("datum", "date", 70),
    ("dato", "date", 70),
    ("paiva", "date", 60),
    ("betrag", "amount", 70),
    ("bedrag", "amount", 70),
    ("belopp", "amount", 70),
    ("belob", "amount", 70),
    ("belop", "amount", 70),
    ("saldo", "balance", 80),
    ("wahrung", "currency", 70),
    ("waehrung", "currency", 70),
    ("beschreibung", "description", 70),
    ("omschrijving", "description", 70),
    ("referenz", "reference", 70),
    ("empfanger", "payee", 80),
)
_BLOCKS = re.compile(
    r"\b(original\w*|orig|ursprung\w*|fremd\w*|oorspr\w*|foreign|origine|originale|origen|exchange|umrechnung\w*|"
    r"rate|instructed|puvodni|oryginaln\w*|auslands\w*|utlandsk\w*|tax|vat|mwst|ust|tva|iva|shipping|livraison|"
    r"versand|refunded|refund|limit|cashback|points|rewards|tip|discount|disputed|compensation|interest|zins\w*)\b"
)
_COUNTERPARTY = re.compile(
    r"\b(counter\w*|gegen\w*|tegen\w*|partner\w*|protiuct\w*|beneficiar\w*|begunstig\w*|beguenstig\w*|recipient\w*|"
    r"payee\w*|payer\w*|contrepartie|contraparte|controparte|mottagar\w*|mottaker\w*|modtager\w*|saaja\w*|empfanger\w*|"
    r"zahlungs\w*|zahler\w*|other|destination|dest|target|to|kontrahent\w*|ellen\w*|destinat\w*|contact|ordenante)\b"
)
_NUMBERED = re.compile(
    r"\b(account|accounts|iban|bic|konto|kontonummer|compte|cuenta|conto|conta|rekening\w*|rachun\w+|uct\w*|cislo|"
    r"szamla\w*|tili\w*|number|no|nr|numero|nummer|code|bank|bankleitzahl|blz|adres\w*|address|street|rue|id)\b"
)
_CARD = re.compile(
    r"\b(card|cards|cardholder|cardmember|karte|kreditkarte|kartennummer|kartennr|karteninhaber|carte|tarjeta|"
    r"carta|cartao|kort|kortnummer|kaart|kaartnummer|credit card|creditcard|visa|mastercard|amex|merchant)\b"
)
_THANKS = re.compile(
    r"\b(payment thank you|payment received thank you|thank you for your payment|autopay|automatic payment thank|"
    r"online payment thank|payment received|zahlung dankend erhalten|merci pour votre paiement|betaling modtaget tak)\b"
)
_PENDING_SECTION = re.compile(
    r"^(pending|unposted|vorgemerkt\w*|vormerkungen|reservation\w*|authoris?z?ations|reserverade|reserverede)\b|"
    r"\b(en attente|pendientes|in sospeso|pendentes|in behandeling)$"
)
_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])")
_WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)")
_NO_WORD = re.compile(r"[\W_]+")
_UNFOLDED = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "æ": "ae",
        "Æ": "Ae",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "œ": "oe",
        "ı": "i",
        "°": " ",
    }
)


def _phrases() -> dict[str, dict[Role, int]]:
    """Every heading that is known, with the roles it may have and their weights."""
    table: dict[str, dict[Role, int]] = {}
    for role in get_args(Role):
        for weight, text in _WORDS["headings"].get(role, {}).items():
            for phrase in _listed(text):
                table.setdefault(phrase, {})[role] = max(int(weight), table.get(phrase, {}).get(role, 0))
    return table


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """The text in lower case without accents and punctuation, its words apart: `RunningBalance` → `running balance`."""
    plain = text
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.translate(_UNFOLDED))
        plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(_NO_WORD.sub(" ", _WORD_STARTS.sub(" ", plain)).lower().split())


_PHRASES = _phrases()
_LONGEST = max(len(phrase.split()) for phrase in _PHRASES)


@lru_cache(maxsize=20_000)
def roles_of(heading: str) -> dict[Role, int]:
    """What a column with this heading may hold, each role with its weight (higher is surer); empty when unknown."""
    bare = _CODE.sub(lambda found: " " if found[1] in CURRENCIES else found[0], heading)
    words = fold(bare)
    if not words and bare != heading:
        return {"amount": 60}
    exact = _PHRASES.get(words)
    roles = dict(exact) if exact else _roles_within(words.split())
    if exact is None and _BLOCKS.search(words):
        for role in ("amount", "money_in", "money_out", "currency", "balance"):
            roles.pop(role, None)
        roles["other"] = 100
    if exact is None and _COUNTERPARTY.search(words):
        roles.pop("account", None)
        if _NUMBERED.search(words):
            roles.pop("payee", None)
    if "balance" in roles or "balance_before" in roles:
        for role in ("amount", "money_in", "money_out", "date"):
            roles.pop(role, None)
    return roles


def _roles_within(words: list[str]) -> dict[Role, int]:
    """Roles of the phrases in a longer heading: the longest phrases first, each word used once."""
    roles: dict[Role, int] = {}
    free = [True] * len(words)
    for size in range(min(_LONGEST, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            found = _PHRASES.get(" ".join(words[start : start + size]))
            if found is None or not all(free[start : start + size]) or (size == 1 and len(words[start]) < 3):
                continue
            free[start : start + size] = [False] * size
            for role, weight in found.items():
                roles[role] = max(roles.get(role, 0), weight - 25)
    for word, unused in zip(words, free, strict=True):
        for ending, role, weight in _ENDINGS:
            if unused and word.endswith(ending):
                roles[role] = max(roles.get(role, 0), weight - 10)
    return roles


def opens_pending_rows(text: str) -> bool:
    """Whether a line of its own such as `Pending transactions` says that the rows below it are not posted."""
    words = fold(text)
    return len(words) < 40 and _PENDING_SECTION.search(words) is not None


def heading_currency(heading: str) -> str | None:
    """The currency that a heading such as `Amount (EUR)` or `Debit CHF` names; None where it names none."""
    codes = [code for code in _CODE.findall(heading) if code in CURRENCIES and heading.strip() != code]
    if codes:
        return codes[-1]
    return next((code for sign, code in SYMBOLS.items() if not sign[0].isalpha() and sign in heading), None)


def thanks_for_payment(text: str) -> bool:
    """Whether a text is that of a payment as a card's bank writes it, which is money in whatever its sign."""
    return _THANKS.search(fold(text)) is not None


def speaks_of_cards(text: str) -> bool:
    """Whether folded text names a payment card or its merchant, so that purchases may be written as positive."""
    return _CARD.search(text) is not None


_IN = frozenset(_listed(_WORDS["flags"]["in"]))
_OUT = frozenset(_listed(_WORDS["flags"]["out"]))


@lru_cache(maxsize=2_000)
def flag_sign(value: str) -> int | None:
    """+1 where a flag such as CR, Haben or Bij says money in, -1 for DR, Soll or Af; None for any other text."""
    stripped = value.strip()
    if stripped in {"+", "-", "−", "–"}:
        return 1 if stripped == "+" else -1
    word = fold(stripped)
    return 1 if word in _IN else -1 if word in _OUT else None


PURCHASES = frozenset(_listed(_WORDS["kinds"]["purchases"]))
RECEIPTS = frozenset(_listed(_WORDS["kinds"]["receipts"]))
PENDING = frozenset(_listed(_WORDS["states"]["pending"]))
FAILED = frozenset(_listed(_WORDS["states"]["failed"]))
SETTLED = frozenset(_listed(_WORDS["states"]["settled"]))
TRUE_WORDS = frozenset("true yes y 1 t ja oui si sim".split())
FALSE_WORDS = frozenset("false no n 0 f nein non nee nao".split())

_OPENING = re.compile(
    r"^(opening|beginning|starting|start|initial|previous|anfangs\w*|alter|eroffnungs\w*|solde (initial|precedent|anterieur)|"
    r"ancien solde|saldo (inicial|anterior|iniziale|precedente|poczatkow\w+)|begin ?saldo|start ?saldo|ingaende|inngaende|"
    r"indgaende|balance (brought|b f|forward)|pocatecni|nyito|algsaldo|sakuma|ubertrag|report)\b"
)
_CLOSING = re.compile(
    r"^(closing|ending|end|final|neuer|schluss\w*|endsaldo|eind ?saldo|nouveau solde|solde final|saldo (final\w*|koncow\w+)|"
    r"utgaende|udgaende|balance carried|konecny|zaro|loppsaldo|beigu)\b"
)
_BALANCE_WORD = re.compile(
    r"(balance|bal|saldo\w*|\w*saldo|solde|kontostand|zustatek|egyenleg|atlikums|balansen)\b"
)
_TOTAL = re.compile(
    r"^(total\w*|sub ?total|sum|summe|gesamt\w*|totaal|totale|totaux|umsatze gesamt|somme|suma|summa|sammanlagt|"
    r"i alt|yhteensa|razem|celkem|osszesen|итого|toplam|grand total)\b"
)
_TURNOVER = frozenset({"turnover", "apgrozijums", "kaive", "debit turnover", "credit turnover", "apyvarta"})


SUMMARY_HINTS = (
    *(
        "balance",
        "saldo",
        "solde",
        "kontostand",
        "zustatek",
        "zůstatek",
        "egyenleg",
        "atlikums",
        "turnover",
        "apgroz",
    ),
    *("kaive", "käive", "apyvarta", " bal"),
)
"""What every text that states a balance or a turnover has in it, in small letters."""


def may_sum_up(text: str) -> bool:
    """Whether any part of a text, however long, could state a balance or a turnover (a quick look before a close one)."""
    lower = text.lower()
    return any(hint in lower for hint in SUMMARY_HINTS)


@lru_cache(maxsize=20_000)
def summary_kind(text: str) -> Literal["opening", "closing", "turnover", "total"] | None:
    """What a line that is no transaction sums up, by the text it starts with; None for any other text."""
    words = fold(text)
    if len(words) > 70:
        return None
    if _BALANCE_WORD.search(words):
        if _OPENING.search(words):
            return "opening"
        if _CLOSING.search(words):
            return "closing"
    if words in _TURNOVER:
        return "turnover"
    return "total" if _TOTAL.search(words) else None


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


def years_in(text: str) -> list[int]:
    """The years of four digits that a text names."""
    return [int(year) for year in _YEAR.findall(text)]


def forget_texts() -> None:
    """Let go of what is remembered of texts: after a large file they would hold its whole memory."""
    for remembered in (fold, roles_of, flag_sign, summary_kind):
        remembered.cache_clear()
