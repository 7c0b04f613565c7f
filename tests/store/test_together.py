"""Several files loaded at once: the order follows the references, and all of them come in or none."""

import make
import pytest

from tai_ops.errors import NotAllowed
from tai_ops.kinds import KINDS
from tai_ops.sheet import kinds_of, read_sheet, template
from tai_ops.store.records import RowsRefused
from tai_ops.store.together import File, in_order, load_together

CUSTOMERS = "customer_id,name,status\nA,Acme,live\n"
SUBSCRIPTIONS = (
    "subscription_id,customer_id,plan,starts_on,amount,interval\nS,A,Pro,2026-01-01,100.00,month\n"
)


def file(kind, text):
    return File(f"{kind}.csv", read_sheet(KINDS[kind], text.encode(), f"{kind}.csv"))


@pytest.fixture
def both():
    return [file("subscriptions", SUBSCRIPTIONS), file("customers", CUSTOMERS)]


def there(store):
    return store.row("select (select count(*) from customers), (select count(*) from subscriptions)")


def test_what_is_referred_to_loads_first_whatever_order_the_files_are_dropped_in(store, both):
    assert in_order(both) == (1, 0)
    tried = load_together(store, make.CEO, both, now=make.NOW, dry_run=True)
    assert [one.added for one in tried] == [1, 1]
    assert there(store) == (0, 0)
    assert load_together(store, make.CEO, both, now=make.NOW) == tried
    assert there(store) == (1, 1)


def test_a_bad_row_of_one_file_keeps_all_of_them_out(store, both):
    both[0] = file("subscriptions", SUBSCRIPTIONS.replace("S,A", "S,NOBODY"))
    with pytest.raises(
        RowsRefused, match=r"subscriptions\.csv: row 1, customer_id: there is no customer 'NOBODY'"
    ):
        load_together(store, make.CEO, both, now=make.NOW)
    assert there(store) == (0, 0)
    _, customers = load_together(store, make.CEO, both, now=make.NOW, skip_bad=True)
    assert (customers.added, there(store)) == (1, (1, 0))


def test_each_kind_needs_its_own_right(store, both):
    with pytest.raises(NotAllowed, match="may not change the books and the bank"):
        load_together(store, make.CSM, both, now=make.NOW)
    assert there(store) == (0, 0)


def test_the_same_click_twice_answers_the_same_and_loads_once(store, both):
    first = load_together(store, make.CEO, both, now=make.NOW, request_key="k")
    assert load_together(store, make.CEO, both, now=make.NOW, request_key="k") == first
    assert there(store) == (1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_told_by_its_header(kind):
    assert [one.name for one in kinds_of(template(KINDS[kind]).encode())] == [kind]


@pytest.mark.parametrize(
    "text", ["", "Date,Description,Amount\n2026-01-01,A,1\n", '"', "customer_id\nA\n", "%PDF-1.7"]
)
def test_other_files_are_no_kind_of_ours(text):
    assert kinds_of(text.encode()) == ()
