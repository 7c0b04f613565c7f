"""What the records use already: categories that can be chosen, and how far back the months reach."""

import make

from tai_ops.company import CATEGORIES
from tai_ops.period import Month
from tai_ops.store import Store
from tai_ops.store.in_use import category_labels, first_month


def test_an_empty_store_offers_the_six_categories_and_no_month(store: Store) -> None:
    assert category_labels(store) == list(CATEGORIES)
    assert first_month(store) is None


def test_labels_of_bills_can_be_chosen_and_the_oldest_record_says_the_first_month(store: Store) -> None:
    make.accounts(store)
    make.loaded(
        store,
        "bills",
        "bill_id,incurred_on,payee,amount,category\nB-1,2024-03-09,Bistro,20.00,meals\nB-2,2024-05-01,Desk Co,90.00,payroll\n",
    )
    assert category_labels(store) == [*CATEGORIES, "meals"]
    assert first_month(store) == Month(2024, 3)
    make.statement(store, "Date,Description,Amount\n2024-02-12,DEPOSIT,300.00\n", "OP")
    assert first_month(store) == Month(2024, 2)
