"""Evidence beside records: kept once by its hash, never deleted, part of backup, digest and export."""

import hashlib

import make
import pytest

from tai_ops import evidence as nature
from tai_ops.errors import NotAllowed, Refused, StoreDamaged
from tai_ops.kinds import KINDS
from tai_ops.sheet import template
from tai_ops.store import evidence
from tai_ops.store.archive import write_archive
from tai_ops.store.digest import digest
from tai_ops.store.doctor import check
from tai_ops.store.tables import export_tables

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
HOSTILE = ["../../etc/passwd", "a\x00b.png", "say \"hi\" 'x' `y`.txt", "CON", "con.txt", "n" * 300 + ".png",
           "..", "", "\u202egnp.exe", "<script>alert(1)</script>.html", "C:\\temp\\LPT1.doc", "|$~#.csv", "=1+1.csv"]  # fmt: skip


def put(store, data=b"proof", name="proof.txt", subject="customers", key="C-001", **more):
    actor = more.pop("actor", make.LOCAL_OWNER)
    return evidence.add_file(store, actor, subject, key, data, name, now=make.NOW, **more)


@pytest.fixture
def filled(store):
    for kind in ("customers", "incidents", "impacts"):
        make.loaded(store, kind, template(KINDS[kind]))
    return store


def test_a_file_is_kept_by_its_hash_with_who_when_and_note(filled):
    made = put(filled, PNG, "photo.png", note=" of the dock ")
    [found] = evidence.of(filled, "customers", "C-001")
    assert (found.evidence_id, found.file_name, found.content_type, found.note) == (
        made, "photo.png", "image/png", "of the dock",
    )  # fmt: skip
    assert (found.file_hash, found.size_bytes) == (hashlib.sha256(PNG).hexdigest(), len(PNG))
    assert (found.added_by, evidence.content(filled, made)) == ("owner@localhost", PNG)
    assert evidence.counts(filled, "customers") == {"C-001": 1}
    assert filled.rows(
        "select event, subject_kind, subject_key from audit order by done_at desc limit 1"
    ) == [("add evidence", "customers", "C-001")]


def test_the_same_bytes_are_kept_once_and_stand_beside_several_records(filled):
    put(filled, b"one")
    put(filled, b"one", "other name.txt", key="C-002")
    put(filled, b"one", subject="incidents", key="I-001")
    assert filled.rows("select count(*) from files") == [(1,)]
    with pytest.raises(Refused, match="it is there already: added by owner@localhost on 2026-04-03"):
        put(filled, b"one", "again.txt")


def test_what_is_removed_stays_in_the_history_with_its_reason_and_can_come_again(filled):
    made = put(filled)
    with pytest.raises(Refused, match="say why"):
        evidence.void(filled, make.LOCAL_OWNER, made, "  ", now=make.NOW)
    evidence.void(filled, make.LOCAL_OWNER, made, "wrong customer", now=make.NOW)
    assert evidence.of(filled, "customers", "C-001") == ()
    [gone] = evidence.of(filled, "customers", "C-001", removed=True)
    assert (gone.reason, gone.voided_by) == ("wrong customer", "owner@localhost")
    with pytest.raises(Refused, match="removed already"):
        evidence.void(filled, make.LOCAL_OWNER, made, "again", now=make.NOW)
    put(filled)
    assert len(evidence.of(filled, "customers", "C-001")) == 1


def test_a_second_click_keeps_one(filled):
    assert put(filled, request_key="k1") == put(filled, request_key="k1")
    assert len(evidence.of(filled, "customers", "C-001")) == 1


@pytest.mark.parametrize(
    "data, said",
    [(b"", "is empty"), (b"x" * (nature.MAX_BYTES + 1), "over the limit of 10 MB")],
)
def test_too_little_and_too_much_is_refused(filled, data, said):
    with pytest.raises(Refused, match=said):
        put(filled, data)
    assert filled.rows("select count(*) from files") == [(0,)]


def test_ten_megabytes_are_kept(filled):
    put(filled, b"x" * nature.MAX_BYTES)
    assert filled.rows("select size_bytes from evidence") == [(nature.MAX_BYTES,)]


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:" + "///etc/passwd",
        "//host",
        "https://",
        "https://a b",
        "http://[",
        "https://a/\x00",
        "https://a/" + "x" * 2000,
        "ftp://a/b",
        "",
    ],
)
def test_only_web_addresses_are_links(link):
    with pytest.raises(Refused, match="link: write a web address"):
        nature.checked_link(link)


def test_a_link_stands_as_it_was_typed(filled):
    link = "https://app.asana.com/0/1/2?a=<b>&c='\"|$"
    evidence.add_link(filled, make.LOCAL_OWNER, "customers", "C-001", f" {link} ", now=make.NOW)
    assert [one.link for one in evidence.of(filled, "customers", "C-001")] == [link]


def test_a_record_that_is_not_there_takes_none(filled):
    with pytest.raises(Refused, match="customers: there is no customer 'C-9'"):
        put(filled, key="C-9")
    with pytest.raises(Refused, match="no kind of record"):
        put(filled, subject="nothing")


def test_keys_of_several_parts_and_items_of_the_checklist_take_evidence(filled):
    put(filled, subject="impacts", key="I-001,*,2026-02-24T14:56:00+00:00")
    assert len(evidence.of(filled, "impacts", "I-001,*,2026-02-24T14:56:00Z")) == 1
    put(filled, subject=evidence.CLOSE, key="2026-03/reconciled")
    assert evidence.counts(filled, evidence.CLOSE, "2026-03/") == {"2026-03/reconciled": 1}
    with pytest.raises(Refused, match="YYYY-MM/item"):
        put(filled, subject=evidence.CLOSE, key="2026-03")


def test_who_may_not_write_the_record_may_not_add_to_it(filled):
    with pytest.raises(NotAllowed):
        put(filled, actor=make.CSM, subject="incidents", key="I-001")
    put(filled, actor=make.CSM)
    with pytest.raises(NotAllowed):
        put(filled, actor=make.CSM, subject=evidence.CLOSE, key="2026-03/reconciled")


def test_a_hostile_name_is_data_in_the_store(filled):
    for name in HOSTILE:
        put(filled, b"x" + name.encode(), name)
    kept = [one.file_name for one in evidence.of(filled, "customers", "C-001")]
    assert sorted(kept) == sorted(name.replace("\x00", "") for name in HOSTILE)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_saved_under_a_safe_one(name):
    safe = nature.safe_name(name)
    assert 0 < len(safe) <= nature.MAX_NAME
    assert not set(safe) & set('/\\:*?"<>|\x00\n\u202e')
    assert not safe.startswith(".")
    assert safe.split(".")[0].strip().lower() not in {"con", "lpt1"}
    assert len(nature.shown_name(name)) <= nature.MAX_NAME


@pytest.mark.parametrize(
    "name, data, saved",
    [
        ("a.html", b"<script>", "a.html.txt"),
        ("a.SVG", b"<svg onload=x>", "a.SVG.txt"),
        ("a.exe", b"MZ\x90\x00", "a.exe.bin"),
        ("report.pdf.lnk", b"L\x00", "report.pdf.lnk.bin"),
        ("a.pdf", b"%PDF-", "a.pdf"),
        ("counts.csv", b"a,b", "counts.csv"),
        ("photo.jpeg", b"\xff\xd8\xff", "photo.jpeg"),
    ],
)
def test_an_ending_that_would_be_run_gets_another_behind_it(name, data, saved):
    assert nature.safe_name(name, nature.content_type(data)) == saved


@pytest.mark.parametrize(
    "data, is_what",
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg onload=alert(1)>", "text/plain"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b"MZ\x90\x00", nature.DOWNLOAD),
        (b"\x00\x01", nature.DOWNLOAD),
        ("ünï 🦊\n".encode(), "text/plain"),
    ],
)
def test_what_a_file_is_its_bytes_say(data, is_what):
    assert nature.content_type(data) == is_what


def test_backup_digest_and_export_hold_it(filled, tmp_path):
    with filled.cursor() as cursor:
        before = digest(cursor)
    put(filled, PNG, "photo.png")
    with filled.cursor() as cursor:
        assert digest(cursor) != before
        held = {
            part.table: part.rows
            for part in write_archive(cursor, tmp_path / "b.zip", made_at=make.NOW).tables
        }
    assert (held["evidence"], held["files"]) == (1, 1)
    export_tables(filled, tmp_path / "out", now=make.NOW)
    assert (tmp_path / "out" / "files" / hashlib.sha256(PNG).hexdigest()).read_bytes() == PNG
    assert [f.detail for f in check(filled, now=make.NOW) if f.level == "wrong"] == []


def test_bytes_that_changed_under_their_hash_are_never_handed_out(filled):
    made = put(filled)
    with filled.cursor() as cursor:
        cursor.execute("update files set content = 'other'::blob")
    with pytest.raises(StoreDamaged, match="not the one that was kept"):
        evidence.content(filled, made)
    wrong = [f.detail for f in check(filled, now=make.NOW, full=True) if f.check == "kept files"]
    assert len(wrong) == 1
    assert "is not the file that was kept" in wrong[0]
