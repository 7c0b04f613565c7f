"""The words that banks print: column headings by role, flags, statuses and summary lines, in a dozen languages.

Every phrase is folded (lower case, no accents, no punctuation). A heading is looked up whole, then by the
phrases in it, then by the endings of its words, so that a bank that nobody has listed is read as well.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Role = Literal[
    "date",
    "amount",
    "money_in",
    "money_out",
    "flag",
    "balance",
    "balance_before",
    "payee",
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

_HEADINGS: dict[tuple[Role, int], str] = {
    (
        "date",
        100,
    ): """posting date, posted date, post date, date posted, posted on, booking date, booked date, booked,
        booking day, accounting date, date completed, completed date, completed on, settled, settled date,
        settlement date, cleared date, process date, processed date, date processed, finished on, buchungstag,
        buchungsdatum, buchung, datum buchung, gebucht am, umsatztag, datum des abschlusses, abschlussdatum,
        date de comptabilisation, date comptable, date d operation comptable, date comptabilisation,
        date d ecriture, fecha contable, f contable, fecha de contabilizacion, fecha de registro, fecha asiento,
        data contabile, data registrazione, boekdatum, boekingsdatum, data contabilistica, data do lancamento,
        data lancamento, bokforingsdag, bokforingsdatum, bokforingsdato, bokfort, bokfort dato, bokforings dag,
        bogfort, bogforingsdato, bogfort dato, bogforingsdag, kirjauspaiva, kirjauspvm, data ksiegowania,
        datum zauctovani, datum zaucto vani, konyveles datuma, konyvelesi datum, konyveles napja, дата проводки,
        data operacji ksiegowej""",
    (
        "date",
        90,
    ): """date, day, dat, datum, fecha, data, dato, pvm, paiva, paivamaara, kuupaev, datums, дата, tarih,
        ημερομηνια, date utc, dated, datum und uhrzeit, date and time, date time, datetime, date heure,
        fecha y hora, fecha hora, data i czas, data mov, data movimento, data do movimento, fecha movimiento""",
    ("date", 80): """transaction date, trans date, tran date, txn date, date of transaction, transacted on,
        activity date, date transaction, transaktionsdatum, transactiedatum, transaktionsdag, transaktionsdato,
        datum der transaktion, belegdatum, kaufdatum, einkaufsdatum, date operation, date d operation,
        date de l operation, date de transaction, date de la transaction, date d execution, date d achat,
        fecha operacion, fecha de operacion, fecha de la operacion, fecha oper, f operacion, fecha de transaccion,
        fecha transaccion, data operazione, data dell operazione, data transazione, data da operacao,
        data operacao, data da transacao, data transacao, data da compra, uitvoeringsdatum, kopedatum,
        kjopsdato, kobsdato, ostopaiva, tapahtumapaiva, maksupaiva, reskontradatum, data operacji,
        data transakcji, datum transakce, datum provedeni, datum operace, tranzakcio datuma, tranzakcio idopontja,
        дата операции, islem tarihi, execution date, trade date, transaction time, date transaction utc,
        data tranzactiei, data dokonania operacji""",
    (
        "date",
        60,
    ): """value date, val date, date value, effective date, valuta, valutadatum, valuta datum, wertstellung,
        wertstellungstag, wertstellungsdatum, wert, date valeur, date de valeur, valeur, fecha valor,
        fecha de valor, f valor, data valuta, valuta data, data valor, data de valor, rentedatum, rentedato,
        rentedag, valutadato, valordato, valutadag, arvopaiva, data waluty, datum valuty, ertekmap, erteknap,
        interest date, дата валютирования, valor tarihi, fecha efectiva, data efetiva""",
    ("date", 50): """created, created utc, created at, created on, date created, started date, date started,
        date started utc, timestamp, time stamp, authorised on, authorized date, datum des beginns,
        date de debut, erstellt am, date input, available on, available on utc, arrival date, arrival date utc""",
    (
        "amount",
        100,
    ): """amount, amt, transaction amount, booked amount, posted amount, posting amount, amount posted,
        account amount, amount in account currency, betrag, umsatz, buchungsbetrag, betrag in kontowahrung,
        umsatzbetrag, montant, montant operation, montant de l operation, montant de la transaction, importe,
        importe eur, importe operacion, importe de la operacion, monto, importo, importo operazione, ammontare,
        bedrag, transactiebedrag, valor, valor do movimento, montante, quantia, importancia, belopp,
        transaktionsbelopp, belob, belop, belopet, beloeb, summa, maara, kwota, kwota operacji, kwota transakcji,
        castka, objem, castka transakce, zauctovana castka, suma, osszeg, tranzakcio osszege, terheles jovairas,
        сумма, сумма операции, tutar, islem tutari, ποσο, amount eur, net amount posted, signed amount, dfd""",
    (
        "amount",
        80,
    ): """value, turnover, movement, movements, net, net amount, netto, nettobetrag, netto betrag, neto,
        importe neto, montant net, importo netto, nettobelopp, billing amount, billed amount, local amount,
        mutatie, bewegung, mouvement, debit credit, credit debit, debits credits, debit credit amount,
        withdrawals deposits, withdrawal deposit, paid in out, soll haben, haben soll, lastschrift gutschrift,
        debit ou credit, debe haber, cargo abono, cargos abonos, ingreso gasto, dare avere, af bij, bij af,
        in ut, ut in, inn ut, wplywy wydatki, total amount, zahlungsbetrag, einzelbetrag, payment amount,
        amount paid, charged amount""",
    (
        "amount",
        40,
    ): """gross, gross amount, brutto, bruttobetrag, brut, bruto, importe bruto, lordo, total, price,
        sum, cost, spend, charge amount, source amount, target amount, converted amount, summe, gesamt""",
    (
        "money_in",
        100,
    ): """credit, credits, cr, credit amount, amount credit, credited amount, deposit, deposits,
        deposit amount, deposit amt, paid in, money in, amount in, inflow, in, income, incoming, received,
        receipts, receipt, payments in, credit in, haben, gutschrift, gutschriften, eingang, eingange, einnahmen,
        einnahme, zahlungseingang, habenbetrag, betrag haben, einzahlung, einzahlungen, gutschriftsbetrag,
        eingehend, montant credit, montant au credit, credit euros, recettes, recette, encaissement, entrees,
        abono, abonos, haber, ingreso, ingresos, importe haber, importe abono, credito, creditos, entrada,
        entradas, importe ingreso, avere, accredito, accrediti, entrate, entrata, importo avere, bij,
        bijschrijving, bijgeschreven, credit bedrag, bedrag bij, ontvangsten, inkomsten, ontvangen, credito eur,
        valor credito, receita, receitas, insattning, insattningar, inn, inn pa konto, inn pa, innskudd,
        innbetaling, inngaende, indsat, indsaettelse, indbetaling, indbetalinger, ind, kredit, insatt, pano,
        panot, talletus, tulo, tulot, uznania, uznanie, wplywy, wplyw, prijem, prijmy, jovairas, bevetel,
        кредит, приход, зачисление, поступление, alacak, uznana, in eur, prirasky, money received""",
    (
        "money_out",
        100,
    ): """debit, debits, dr, debit amount, amount debit, debited amount, withdrawal, withdrawals,
        withdrawal amount, withdrawal amt, withdrawn, paid out, money out, amount out, outflow, out, spent,
        outgoing, payments out, debit out, expenditure, expense, soll, lastschrift, belastung, belastungen,
        ausgang, ausgange, ausgaben, ausgabe, zahlungsausgang, sollbetrag, betrag soll, auszahlung, auszahlungen,
        belastungsbetrag, ausgehend, montant debit, montant au debit, debit euros, depenses, depense,
        decaissement, sorties, cargo, cargos, debe, gasto, gastos, importe debe, importe cargo, retiro, retiros,
        salidas, importe gasto, debito, debitos, saida, saidas, dare, addebito, addebiti, uscite, uscita,
        importo dare, af, afschrijving, afgeschreven, debet bedrag, debet, bedrag af, uitgaven, betaald,
        valor debito, despesa, despesas, uttag, ut, ut av konto, ut fra konto, ut fra, utbetaling, utgaende,
        uttak, haevet, haevning, udbetaling, udbetalinger, ud, otto, otot, nosto, meno, menot, obciazenia,
        obciazenie, wydatki, wydatek, vydaj, vydaje, terheles, kiadas, дебет, расход, списание, borc,
        money spent, charges, purchases""",
    (
        "flag",
        100,
    ): """cd flag, dr cr, cr dr, d c, c d, s h, h s, k d, d k, debit credit indicator, dr cr indicator,
        credit debit indicator, credit debit, debit credit, debit or credit, debit credit code, soll haben,
        soll haben kennzeichen, sens, sens operation, signe, sign, signo, segno, af bij, bij af, plus minus,
        direction, richtung, in out, inflow outflow, bevetel kiadas, debet credit, debet kredit, d k indicator,
        deebet kreedit, tipo movimiento, d c indicator, transaction type, type, typ, kind, tipo, indicator,
        cargo abono, kierunek, smer, strana, income expense, dr or cr, natuur""",
    (
        "balance",
        100,
    ): """balance, running balance, running bal, saldo, kontostand, solde, bal, account balance,
        balance after, balance after transaction, ledger balance, book balance, closing balance, end balance,
        saldo nach buchung, kontostand nach buchung, neuer saldo, saldo neu, neuer kontostand, solde apres,
        solde apres operation, solde comptable, nouveau solde, saldo contable, saldo final, saldo despues,
        saldo posterior, saldo resultante, saldo contabile, saldo finale, saldo progressivo, saldo na mutatie,
        saldo na trn, endsaldo, eindsaldo, saldo apos, saldo contabilistico, saldo disponivel, saldo efter,
        saldo efter transaktion, bokfort saldo, saldo po operacji, saldo koncowe, zustatek, zustatek po,
        konecny zustatek, egyenleg, остаток, баланс, bakiye, υπολοιπο, guthaben, verfugbares guthaben,
        cumulative balance, running total, balance amount, tili saldo, avail bal""",
    (
        "balance",
        60,
    ): """available balance, saldo disponible, verfugbarer saldo, solde disponible, saldo beschikbaar,
        disponibelt saldo, disponibel saldo, current balance""",
    ("balance_before", 100): """startsaldo, beginsaldo, start balance, starting balance, opening balance,
        beginning balance, balance before, balance before transaction, previous balance, anfangssaldo,
        saldo vor buchung, alter saldo, solde avant, solde initial, saldo anterior, saldo inicial,
        saldo precedente, saldo iniziale, saldo fore, saldo for, ingaende saldo, saldo przed operacja,
        pocatecni zustatek, nyito egyenleg, saldo voor mutatie""",
    (
        "payee",
        100,
    ): """payee, payee name, merchant, merchant name, counterparty, counterparty name, counter party,
        counterparty account name, partner name, partner, beneficiary, beneficiary name, payer, payer name,
        recipient, recipient name, name of counterparty, payee payer, payer payee, beguenstigter zahlungspflichtiger,
        begunstigter zahlungspflichtiger, auftraggeber empfanger, auftraggeber beguenstigter,
        auftraggeber begunstigter, beguenstigter auftraggeber, begunstigter auftraggeber, empfanger auftraggeber,
        name zahlungsbeteiligter, name des zahlungsbeteiligten, zahlungsbeteiligter, zahlungspflichtige r,
        zahlungsempfanger, zahlungsempfanger in, zahlungsempfanger zahlungspflichtiger, empfanger, auftraggeber,
        begunstigter, handler, beschreibung des handlers, gegenpartei, name gegenkonto, gegenkonto inhaber,
        beneficiaire, tiers, destinataire, emetteur, contrepartie, nom de la contrepartie, commercant,
        nom du tiers, nom contrepartie, nom du donneur d ordre beneficiaire, beneficiario, ordenante, destinatario,
        comercio, contraparte, nombre del beneficiario, beneficiario ordenante, controparte, ordinante,
        beneficiario ordinante, esercente, naam tegenpartij, tegenpartij naam, tegenpartij, naam omschrijving,
        naam tegenrekening, begunstigde, naam begunstigde, tegenrekening naam, naam ontvanger, favorecido,
        comerciante, mottagare, avsandare, betalningsmottagare, mottaker, avsender, navn, modtager, afsender,
        modtager afsender, butik, saaja, maksaja, saaja maksaja, saajan nimi, nadawca odbiorca, odbiorca nadawca,
        odbiorca, nadawca, kontrahent, nazwa kontrahenta, dane kontrahenta, nazev protiuctu, nazev protistrany,
        protistrana, partner neve, ellenoldali nev, kereskedo, контрагент, получатель, плательщик, alici,
        target name, vendor, supplier, store name, counteraccount name, beneficiary originator,
        merchant description, gonderen alici, saaja maksaja nimi, makse saaja, sanemejs, saaja nimi,
        mottagare avsandare, avsender mottaker""",
    ("payee", 60): """name, nom, nombre, nome, naam, nimi, namn, nazwa, nazev, source name, to, from, who,
        sender, ordering party, zahler, absender, kunde""",
    (
        "description",
        100,
    ): """description, transaction description, trans description, trasaction description, details,
        detail, narrative, narration, transaction details, transaction narrative, particulars, remarks,
        transaction remarks, desc, descr, purpose, payment details, verwendungszweck, vwz, betreff, zahlungsgrund,
        buchungsinformation, buchungsinformationen, beschreibung, umsatztext, mitteilung, zahlungsreferenz,
        kundenreferenz verwendungszweck, libelle, libelle operation, libelle de l operation, libelle complet,
        libelle court, intitule, motif, objet, communication, informations complementaires, nature operation,
        nature de l operation, concepto, descripcion, detalle, detalles, observaciones, mas datos, concepto ampliado,
        descrizione, descrizione operazione, descrizione estesa, causale, dettagli, motivo, omschrijving,
        mededelingen, mededeling, vrije mededeling, gestructureerde mededeling, descricao, historico, movimento,
        lancamento, descritivo, beskrivning, text, tekst, beskrivelse, forklaring, rubrik, specifikation, melding,
        meddelande, selite, viesti, kuvaus, tytul, tytul operacji, tytulem, opis, opis operacji, opis transakcji,
        popis, zprava, zprava pro prijemce, poznamka, megjegyzes, kozlemeny, reszletek, назначение платежа,
        описание, aciklama, περιγραφη, booking text, subject, transaction text, bank desc, transaction,
        transakcja, transaktion, transaktionsbeschreibung, selgitus, maksejums, detalas, activity""",
    (
        "description",
        60,
    ): """payment reference, memo, note, notes, comment, comments, bank description, original description,
        additional description, extended details, extended description, additional information, additional info,
        payment purpose, buchungstext, umsatzart, vorgang, vorgang verwendungszweck, notiz, zusatz, commentaire,
        remarque, nota, notas, notizen, opmerking, opmerkingen, anteckning, merknad, bemerkung, bemaerkning,
        message, message for payee, message for me, item, info, ajout, motivo pagamento, type of transaction,
        transaction type description, poznamka k platbe, note to self, movimiento, operacion, operazione,
        operation, posting text, transaktionstyp, art der transaktion, transactietype, tipo de operacion,
        transaction code description""",
    ("reference", 100): """reference, ref, reference no, reference number, ref no, ref number, check number,
        check no, check, cheque, cheque number, cheque no, chq no, chq ref number, checknum, slip, slip number,
        serial number, serial, customer reference, client reference, payment reference, end to end reference,
        endtoend reference, referenz, referenznummer, kundenreferenz, kundenreferenz end to end, buchungsreferenz,
        ende zu ende referenz, end to end referenz, reference client, reference de l operation, numero de cheque,
        referencia, numero de referencia, num referencia, documento, numero documento, no documento, riferimento,
        rif, cro, betalingskenmerk, kenmerk, referentie, viite, viitenumero, ocr, kid, variable symbol,
        variabilni symbol, vs, referenca, viitenumber, reference id, invoice number, receipt number,
        numero de operacion, num documento, bank reference, bank ref, transaction reference, transaction ref,
        transactiereferentie, reference de la transaction, ft reference number, transaktionsreferens, doc no, document number, nr ref, referens, referanse""",
    (
        "bank_id",
        100,
    ): """transaction id, transactionid, transaction number, transaction no, txn id, tx id, trans id,
        trn id, id, fitid, fit id, unique id, uuid, entry id, operation id, booking id, activity id, payment id,
        transaktionsnummer, transaktions nr, transaktions id, umsatz id, buchungs id, n de transaction, no de transaction, numero de transaction, id de transaction,
        id transaction, codigo de transaccion, id de transaccion,
        numero de transaccion, id transaccion, id transazione, codice transazione, transactie id, transactie nummer,
        id da transacao, codigo da transacao, codigo de transacao, arkivreferanse, arkivref, arkiveringskod, arkistointitunnus, archivierungskennung, numer transakcji,
        id transakcji, identyfikator transakcji, id transakce, id pohybu, id operace, tranzakcio azonosito,
        номер операции, номер документа банка, transferwise id, transfer wise id, wise id, balance transaction id, bank transaction id,
        archiving code, fis islem no, arhiveerimistunnus, transaction identifier, unique transaction id""",
    ("currency", 100): """currency, curr, ccy, cur, currency code, account currency, transaction currency,
        iso currency code, wahrung, waehrung, kontowahrung, whg, buchungswahrung, umsatzwahrung, devise, monnaie,
        monn, dev, moneda, divisa, divisa cuenta, munt, muntsoort, moeda, valutakod, valutta, valuutta, waluta,
        waluta rachunku, mena, mena uctu, devizanem, penznem, валюта, para birimi, doviz, balance currency,
        payment currency, zahlungswahrung, valyuta, mutatie munt, valuuta, valuta iso""",
    (
        "currency",
        60,
    ): """valuta, valute, source currency, converted currency, settlement currency, amount currency""",
    (
        "account",
        100,
    ): """account, account name, account number, account no, account id, account nr, acct, acct no,
        source account, own account, my account, account label, posted account, auftragskonto, iban auftragskonto,
        bezeichnung auftragskonto, kontoname, iban bban, referenzkonto, iban kontoinhaber, eigenes konto, bankkonto,
        nom du compte, numero de compte, compte source, nombre de la cuenta, numero de cuenta, nome conto,
        numero conto, rekening, rekeningnummer, iban rekening, numero da conta, nome da conta, kontonamn,
        kontonavn, tilinumero, numer rachunku, moj rachunek, cislo uctu, nazev uctu, szamla neve, szamlaszam,
        sajat szamlaszam, счет, номер счета, hesap no, account holder iban, cuenta bancaria, kliendi konto""",
    (
        "account",
        40,
    ): """iban, konto, kontonummer, kontonr, konto nr, compte, cuenta, conto, conta, tili, produit,
        product, account type, contract, contrato, depot""",
    (
        "status",
        100,
    ): """status, state, transaction status, payment status, booking status, status code, posting status,
        buchungsstatus, umsatzstatus, zustand, etat, statut, estado, stato, situacao, tila, stav, statusz, статус,
        durum, allapot, cleared status, cleared, posted, booked flag, info""",
    ("pending", 100): """pending, is pending, vorgemerkt, unposted""",
    (
        "fee",
        100,
    ): """fee, fees, fee amount, total fees, transaction fee, charges and fees, gebuhr, gebuhren, entgelt,
        frais, commission, comision, comisiones, tarifa, commissione, commissioni, kosten, taxa, taxas, comissao,
        avgift, gebyr, gebyrer, palkkio, oplata, prowizja, poplatek, poplatky, dij, jutalek, комиссия, masraf,
        service fee, charge, source fee amount, target fee amount""",
    (
        "other",
        100,
    ): """category, subcategory, sub category, kategorie, unterkategorie, categorie, categoria, kategori,
        kategoria, tags, tag, labels, label, exchange rate, rate, wechselkurs, umrechnungskurs, kurs, cours,
        cambio, tasso, koers, vaxelkurs, country, land, pays, pais, paese, city, ort, ville, postcode, zip,
        time, uhrzeit, heure, hora, ora, tid, time zone, timezone, fuseau horaire, bic, swift, blz, bankleitzahl,
        sort code, bank code, mandatsreferenz, glaubiger id, creditor id, mandate reference, email, phone, url,
        website, image, attachment, quantity, merchant category, mcc, card type, card brand, card funding,
        payment method, payment channel, row, no, nr, lfd nr, line, running number, volgnr, expense category""",
}

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
_CARD = re.compile(
    r"\b(card|cards|cardholder|cardmember|karte|kreditkarte|kartennummer|kartennr|karteninhaber|carte|tarjeta|"
    r"carta|cartao|kort|kortnummer|kaart|kaartnummer|credit card|creditcard|visa|mastercard|amex|merchant)\b"
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
    table: dict[str, dict[Role, int]] = {}
    for (role, weight), text in _HEADINGS.items():
        for phrase in re.sub(r"\s+", " ", text).split(","):
            known = table.setdefault(phrase.strip(), {})
            known[role] = max(weight, known.get(role, 0))
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
    words = fold(bare) or fold(heading)
    exact = _PHRASES.get(words)
    roles = dict(exact) if exact else _roles_within(words.split())
    if exact is None and _BLOCKS.search(words):
        for role in ("amount", "money_in", "money_out", "currency", "balance"):
            roles.pop(role, None)
        roles["other"] = 100
    if exact is None and _COUNTERPARTY.search(words):
        roles.pop("account", None)
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


def heading_currency(heading: str) -> str | None:
    """The currency that a heading such as `Amount (EUR)` or `Debit CHF` names; None where it names none."""
    codes = [code for code in _CODE.findall(heading) if code in CURRENCIES and heading.strip() != code]
    if codes:
        return codes[-1]
    return next((code for sign, code in SYMBOLS.items() if not sign[0].isalpha() and sign in heading), None)


def speaks_of_cards(text: str) -> bool:
    """Whether folded text names a payment card or its merchant, so that purchases may be written as positive."""
    return _CARD.search(text) is not None


_PAIRS: tuple[tuple[str, str], ...] = (
    (
        "cr crd crdt credit credits cred kredit kreedit haben h c k",
        "dr db dbt dbit debit debits deb debet deebet soll s d",
    ),
    ("credito abono abonos ingreso ingresos haber", "debito cargo cargos gasto gastos debe"),
    ("accredito avere entrata entrate", "addebito dare uscita uscite"),
    ("bij bijschrijving", "af afschrijving"),
    (
        "in inflow incoming income money in paid_in deposit received i",
        "out outflow outgoing expense money out paid_out withdrawal sent o",
    ),
    ("gutschrift eingang einnahme", "lastschrift belastung ausgang ausgabe"),
    ("entrada receita", "saida despesa"),
    ("inn innbetaling insattning ind indbetaling", "ut utbetaling uttag ud udbetaling"),
    ("pano tulo", "otto meno"),
    ("uznanie wplyw", "obciazenie wydatek"),
    ("prijem", "vydaj"),
    ("jovairas bevetel", "terheles kiadas"),
    ("приход кредит", "расход дебет"),
    ("plus", "minus"),
)
_IN = {word: n for n, (inward, _) in enumerate(_PAIRS) for word in inward.split()}
_OUT = {word: n for n, (_, outward) in enumerate(_PAIRS) for word in outward.split()}


@lru_cache(maxsize=2_000)
def flag_sign(value: str) -> int | None:
    """+1 where a flag such as CR, Haben or Bij says money in, -1 for DR, Soll or Af; None for any other text."""
    stripped = value.strip()
    if stripped in {"+", "-", "−", "–"}:
        return 1 if stripped == "+" else -1
    word = fold(stripped)
    if word in _IN:
        return 1
    if word in _OUT:
        return -1
    if word in {"money in", "paid in"}:
        return 1
    return -1 if word in {"money out", "paid out"} else None


PURCHASES = frozenset(
    """sale|sales|purchase|purchases|card purchase|card payment|card transaction|charge|einkauf|kauf|kartenzahlung|achat|
    paiement par carte|compra|compras|acquisto|aankoop|kop|kjop|varekjop|kob|osto|pagamento carta""".replace(
        "\n    ", ""
    ).split("|")
)
RECEIPTS = frozenset(
    """payment|payments|refund|return|credit|payment credit|payment received|reversal|cashback|gutschrift|zahlung|
    erstattung|remboursement|paiement|pago|devolucion|abono|pagamento|rimborso|betaling|terugbetaling|inbetalning""".replace(
        "\n    ", ""
    ).split("|")
)

PENDING = frozenset(
    w.strip()
    for w in """pending, authorized, authorised, authorization, authorisation, processing, in progress, on hold, hold,
    unposted, not posted, scheduled, upcoming, uncleared, incomplete, vorgemerkt, umsatz vorgemerkt, vormerkung,
    ausstehend, reserviert, in bearbeitung, noch nicht gebucht, en attente, en cours, a venir, pendiente, en proceso,
    en curso, in sospeso, in elaborazione, non contabilizzato, da contabilizzare, in corso, prenotato, pendente,
    agendado, em processamento, in behandeling, gereserveerd, in afwachting, nog niet verwerkt, reserverad, reservert,
    reserveret, venter, afventer, vantar, preliminar, katevaraus, varaus, odottaa, oczekujaca, oczekujacy, w trakcie,
    w realizacji, blokada, ceka na zauctovani, fuggoben, ожидает, в обработке, hold pending, beklemede""".replace(
        "\n", " "
    ).split(",")
)
FAILED = frozenset(
    w.strip()
    for w in """failed, failure, declined, denied, rejected, reverted, cancelled, canceled, voided, void, expired, blocked,
    refused, removed, abgelehnt, fehlgeschlagen, abgebrochen, refuse, refusee, annule, annulee, echoue, rechazado,
    rechazada, cancelado, cancelada, fallido, fallida, anulado, anulada, rifiutato, annullato, fallito, recusado,
    recusada, geweigerd, geannuleerd, mislukt, nekad, avbruten, avvist, afvist, hylatty, odrzucona, odrzucono,
    anulowana, отклонено, отменено, not completed, iptal""".replace("\n", " ").split(",")
)
SETTLED = frozenset(
    w.strip()
    for w in """completed, complete, posted, paid, sent, settled, booked, cleared, success, succeeded, successful, approved,
    executed, processed, confirmed, ok, done, received, available, refunded, partially refunded, reversed, gebucht,
    umsatz gebucht, genehmigt, abgeschlossen, erledigt, ausgefuhrt, termine, terminee, effectue, comptabilise, execute,
    completado, completada, contabilizado, ejecutado, ejecutada, realizado, completato, eseguito, contabilizzato,
    concluido, concluida, processado, verwerkt, geboekt, voltooid, bokford, bokfort, bogfort, utford, utfort,
    gennemfort, suoritettu, wykonana, zrealizowana, zaksiegowana, zauctovano, konyvelt, исполнено, проведено,
    tamamlandi""".replace("\n", " ").split(",")
)
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


_SUMMARY_HINTS = (
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


def may_sum_up(text: str) -> bool:
    """Whether any part of a text, however long, could state a balance or a turnover (a quick look before a close one)."""
    lower = text.lower()
    return any(hint in lower for hint in _SUMMARY_HINTS)


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
