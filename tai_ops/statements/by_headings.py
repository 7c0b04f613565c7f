"""Which column holds what, by the words of its heading where the cells below agree."""

from collections.abc import Callable, Sequence

from tai_ops.statements.layout import Columns
from tai_ops.statements.profile import Profile
from tai_ops.statements.words import Role

_SHORT = 6


class Choice:
    """The choice of columns for one header and the cells below it."""

    def __init__(self, header: Sequence[str], names: list[dict[Role, int]], looks: list[Profile]) -> None:
        self.header = header
        self.names = names
        self.looks = looks
        self.doubts: list[str] = []

    def ranked(self, role: Role) -> list[int]:
        """Columns that the headings give this role, the surest first, then from the left."""
        holders = [n for n, roles in enumerate(self.names) if role in roles]
        return sorted(holders, key=lambda n: (-self.names[n][role], n))

    def columns(self) -> Columns | None:
        """The columns by what they hold; None without a column of dates or without one of money."""
        dates = self._dates()
        if not dates:
            return None
        money = self._money(set(dates))
        if not money:
            return None
        taken = set(dates) | set(money.values())
        balance = self._balance(taken)
        taken |= {balance} - {None}
        flag = self._flag(money, taken)
        taken |= {flag} - {None}
        currency = self._first("currency", taken, lambda p: p.filled > 0 and p.codes * 5 >= p.filled * 4)
        taken |= {currency} - {None}
        status = self._status(taken)
        pending = self._first("pending", taken, lambda p: p.filled > 0 and p.booleans == p.filled)
        taken |= {status, pending} - {None}
        account = self._account(taken)
        payee, payer = self._parties(taken)
        bank_id = self._bank_id(taken)
        description = self._description(taken | {account, payee, payer, bank_id})
        reference = self._first(
            "reference", taken | {account, payee, payer, bank_id, *description}, lambda p: p.filled > 0
        )
        if reference is None and len(description) > 1:
            reference = next((n for n in description if "reference" in self.names[n]), None)
        if not description and payee is not None and reference is not None and self.looks[reference].text:
            description = (reference,)
        description = description or self._unnamed_texts(taken | {account, payee, payer, bank_id})
        fee = self._first("fee", taken, lambda p: p.mostly(p.amounts))
        return Columns(
            date=dates[0],
            other_dates=tuple(dates[1:]),
            amount=money.get("amount"),
            money_in=money.get("money_in"),
            money_out=money.get("money_out"),
            flag=flag,
            fee=fee,
            payee=payee,
            payer=payer,
            description=description,
            reference=reference,
            bank_id=bank_id,
            currency=currency,
            balance=balance,
            account=account,
            status=status,
            pending=pending,
        )

    def _first(self, role: Role, taken: set[int | None], fits: Callable[[Profile], bool]) -> int | None:
        return next((n for n in self.ranked(role) if n not in taken and fits(self.looks[n])), None)

    def _dates(self) -> list[int]:
        usable: list[tuple[int, int, int]] = []
        for n in self.ranked("date"):
            look, roles = self.looks[n], self.names[n]
            if not look.filled and roles.get("amount", 0) > roles["date"]:
                continue
            if look.filled and not look.mostly(look.dates) and not look.mostly(look.yearless):
                continue
            whole = look.mostly(look.dates) or not look.filled
            often = look.filled * 10 >= look.rows * 8
            usable.append(
                (-self.names[n]["date"] + (0 if whole else 200) + (0 if often else 400), n, look.filled)
            )
        usable.sort()
        if any(look for *_, look in usable):
            usable = [entry for entry in usable if entry[2]]
        return [n for _, n, _ in usable]

    def _money(self, dates: set[int]) -> dict[str, int]:
        """The columns of money: a signed amount, money in and out, or one of the two."""
        free = [
            n
            for n, look in enumerate(self.looks)
            if n not in dates and look.numeric and not ("date" in self.names[n] and look.mostly(look.dates))
        ]
        ins = [n for n in self.ranked("money_in") if n in free]
        outs = [n for n in self.ranked("money_out") if n in free]
        amounts = [
            n for n in self.ranked("amount") if n in free and (self.looks[n].filled or not self.looks[n].rows)
        ]
        amounts = [n for n in amounts if n not in ins[:1] and n not in outs[:1]] or amounts
        pair = self._pair(ins, outs)
        if amounts:
            best = amounts[0]
            look = self.looks[best]
            signed = (
                look.negatives > 0 and look.filled * 20 >= look.rows * 19 and self.names[best]["amount"] >= 90
            )
            if pair is None or signed:
                return {"amount": best}
        if pair:
            return {"money_in": pair[0], "money_out": pair[1]}
        if outs and self.looks[outs[0]].filled:
            return {"money_out": outs[0]}
        if ins and self.looks[ins[0]].filled:
            return {"money_in": ins[0]}
        unnamed = [n for n in free if not self.names[n] and self.looks[n].mostly(self.looks[n].decimals)]
        if unnamed:
            self.doubts.append(f"no heading names the amounts; column {unnamed[0] + 1} was taken")
            return {"amount": unnamed[0]}
        return {}

    def _pair(self, ins: list[int], outs: list[int]) -> tuple[int, int] | None:
        best = [
            (self.names[i]["money_in"] + self.names[o]["money_out"], -abs(i - o), -min(i, o), i, o)
            for i in ins
            for o in outs
            if i != o
        ]
        return max(best)[3:] if best else None

    def _balance(self, taken: set[int]) -> int | None:
        for role in ("balance", "balance_before"):
            for n in self.ranked(role):
                look = self.looks[n]
                if n not in taken and (look.mostly(look.amounts) or not look.rows):
                    return n
        return None

    def _flag(self, money: dict[str, int], taken: set[int | None]) -> int | None:
        if "amount" not in money:
            return None
        unsigned = self.looks[money["amount"]].negatives == 0
        ranked = [*self.ranked("flag"), *(n for n, roles in enumerate(self.names) if "flag" not in roles)]
        for n in ranked:
            look = self.looks[n]
            if n in taken or not look.filled or look.flags != look.filled:
                continue
            both = len(look.signs) == 2
            named = "flag" in self.names[n]
            nameless = not self.header[n].strip() if n < len(self.header) else True
            if (named and (look.filled == look.rows or both or unsigned)) or (
                nameless and (both or unsigned)
            ):
                return n
            if both and unsigned and look.filled == look.rows and "other" not in self.names[n]:
                return n
            if unsigned and look.filled == look.rows and not self.names[n]:
                return n  # all of one kind under an unknown heading: the sign is asked
        return None

    def _status(self, taken: set[int | None]) -> int | None:
        named = self._first(
            "status", taken, lambda p: p.filled > 0 and (p.states > 0 or p.booleans == p.filled)
        )
        if named is not None:
            return named
        return next(
            (
                n
                for n, look in enumerate(self.looks)
                if n not in taken
                and look.filled
                and look.states == look.filled
                and not self.names[n].keys() & {"payee"}
            ),
            None,
        )

    def _account(self, taken: set[int | None]) -> int | None:
        fit: list[tuple[int, bool, int]] = []
        for n in self.ranked("account"):
            look = self.looks[n]
            if (
                n in taken
                or not look.filled
                or look.filled * 20 < look.rows * 19
                or look.mostly(look.decimals)
            ):
                continue
            alike = len(look.values) == 1
            few = len(look.values) <= 12 or len(look.values) * 5 <= look.filled
            if alike or (self.names[n]["account"] >= 75 and few):
                numbered = any(c.isdigit() for value in look.values for c in value)
                fit.append((-self.names[n]["account"], not numbered, n))
        return min(fit)[2] if fit else None

    def _parties(self, taken: set[int | None]) -> tuple[int | None, int | None]:
        """The column of counterparties and, where payers stand in one of their own, that one."""
        fit = [n for n in self.ranked("payee") if n not in taken and self.looks[n].text]
        fit = [n for n in fit if not self.looks[n].mostly(self.looks[n].ibans)]
        told_apart = [n for n in fit if len(self.looks[n].values) > 1]
        payers = [n for n in self.ranked("payer") if n not in taken and self.looks[n].text]
        receivers = [n for n in fit if n not in payers and self.names[n]["payee"] >= 60]
        if payers and receivers and self.names[payers[0]]["payer"] == 100:
            return receivers[0], payers[0]
        return next(iter(told_apart or fit), None), None

    def _bank_id(self, taken: set[int | None]) -> int | None:
        """A column of ids. Row numbers are none, nor are short numbers that each statement may begin anew."""
        for n in self.ranked("bank_id"):
            look = self.looks[n]
            if (
                n in taken
                or not look.filled
                or look.filled * 10 < look.rows * 9
                or look.mostly(look.decimals)
            ):
                continue
            rows = look.values == {str(k) for k in range(1, look.filled + 1)} and look.filled > 1
            short = self.names[n]["bank_id"] < 100 and any(len(value) < _SHORT for value in look.values)
            if not rows and not short and len(look.values) * 2 >= look.filled:
                return n
        return None

    def _description(self, taken: set[int | None]) -> tuple[int, ...]:
        return tuple(n for n in self.ranked("description") if n not in taken and self.looks[n].filled)

    def _unnamed_texts(self, taken: set[int | None]) -> tuple[int, ...]:
        """The columns of words where no heading names a payee or a description."""
        if any("payee" in roles for roles in self.names):
            return ()
        fit = (
            n
            for n, look in enumerate(self.looks)
            if n not in taken and look.text and "other" not in self.names[n]
        )
        return tuple(fit)[:4]
