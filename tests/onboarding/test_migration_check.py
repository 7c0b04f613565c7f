"""An export beside its load report: what arrived, what didn't, what differs; and half a million rows in time."""

import time

import pytest

from tai_ops.errors import UnreadableFile
from tai_ops.migration_check import check_from_json, check_migration, items, read_listing
from tai_ops.stabilising import draw

EXPORT = (
    b"Warehouse,Item,On hand,Name\nA,1,10,Bolt\nA,2,5,Nut\nB,1,7.0,Bolt\nB,3,1,Cap\nB,3,1,Cap\nB,,4,Lost\n"
)


def check(export, load):
    return check_migration(read_listing(export, "export.csv"), read_listing(load, "load.csv"))


def test_all_that_can_go_wrong_is_counted():
    load = b"location;sku;quantity;name\nA;1;10.000;Bolt\nA;2;6;Nut\nB;1;7;Bolt\nB;3;1;Cap\nC;9;1;New\n"
    found = check(EXPORT, load)
    assert (found.export_records, found.load_records, found.faithful_records) == (6, 5, 2)
    assert (found.missing, found.added, found.differing, found.export_repeated, found.lacking) == (
        1,
        1,
        1,
        1,
        1,
    )
    assert [(d.location, d.sku, d.column, d.exported, d.loaded) for d in found.differences] == [
        ("A", "2", "quantity", "5", "6")
    ]
    assert [(p.location, p.exported, p.loaded) for p in found.places] == [
        ("A", 2, 2),
        ("B", 4, 2),
        ("C", 0, 1),
    ]
    assert not found.is_whole
    assert (found.alike, found.keys, found.fidelity_pct) == (3, 6, 50)
    head = (
        found.export_name,
        found.load_name,
        found.export_records,
        found.load_records,
        found.faithful_records,
    )
    assert check_from_json(head, found.as_json()) == found


def test_the_same_records_are_whole_whatever_their_order_and_delimiter():
    load = b"sku\tlocation\tqty\n2\tA\t5\n1\tA\t10.0\n"
    found = check(b"location,sku,quantity\nA,1,10\nA,2,5\n", load)
    assert (found.fidelity_pct, found.is_whole) == (100, True)


def test_an_empty_export_proves_nothing():
    found = check(b"location,sku,quantity\n", b"location,sku,quantity\n")
    assert (found.fidelity_pct, found.is_whole) == (None, False)


def test_a_file_without_the_columns_says_which():
    with pytest.raises(UnreadableFile, match="no column for location and quantity"):
        read_listing(b"sku,name\n1,x\n", "load.csv")


HEAD = b"location,sku,quantity\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (HEAD + b"A,\x00x,1\n", "NUL bytes"),
        (HEAD.decode().encode("utf-16"), "not UTF-8"),
        (HEAD + "A,St\u00fcck,1\n".encode("latin-1"), "line 2 is not UTF-8"),
        (b"PK\x03\x04" + bytes(300), "Excel workbook"),
        (HEAD + b'A,"1,1\nB,2,2\n', "line 3: not a CSV file"),
        (HEAD + b"A," + b"x" * 200_000 + b",1\n", "larger than field limit"),
        (HEAD + b"A,1,2\nA,2,1,200\n", "row 2 has 4 cells where the first line names 3"),
    ],
    ids=["empty", "nul", "utf-16", "latin-1", "xlsx", "open quote", "huge cell", "unquoted comma"],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_its_place(data, why):
    with pytest.raises(UnreadableFile, match=why):
        read_listing(data, "load.csv")


def test_a_quantity_that_is_no_number_lacks_and_a_formula_is_only_text():
    found = check(
        HEAD + b"A,1,lots\nA,2,NaN\nA,3,-5\n=A1,@2,1\n", HEAD + b"A,1,lots\nA,2,NaN\nA,3,-5.0\n=A1,@2,1\n"
    )
    assert (found.lacking, found.is_whole, found.alike) == (2, False, 4)
    assert found.examples_lacking[0] == (1, "quantity ('lots' is no number)")


def test_locations_say_where_they_lie():
    found = check(
        b"location,sku,quantity,city\nA,1,1,\nA,2,1,Newark\nB,1,1,Reno\n", HEAD + b"A,1,1\nA,2,1\nB,1,1\n"
    )
    assert [(one.location, one.city) for one in found.places] == [("A", "Newark"), ("B", "Reno")]
    assert found.is_whole


def test_half_a_million_rows_take_under_ten_seconds():
    rows = "".join(f"W{n % 9},SKU-{n},{n % 400},Part {n}\n" for n in range(500_000)).encode()
    data = b"location,sku,quantity,name\n" + rows
    began = time.process_time()
    assert check(data, data).is_whole
    assert time.process_time() - began < 10


def test_a_sample_is_the_same_for_the_same_seed_and_list():
    listing = read_listing(
        b"location,sku,quantity\n" + b"".join(b"A,%d,1\n" % n for n in range(200)), "x.csv"
    )
    found = items(listing)
    assert draw(found, 7) == draw(list(reversed(found)), 7)
    assert draw(found, 7) != draw(found, 8)
    assert len(draw(found, 7)) == 50
    assert len(draw(found[:9], 7)) == 9
