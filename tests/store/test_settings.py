"""Settings that people change stand over the file, for every reader at once; each change is a row with before and after."""

from decimal import Decimal
from pathlib import Path

import make
import pytest

from tai_ops import cli
from tai_ops.company import Company
from tai_ops.errors import NotAllowed, Refused
from tai_ops.settings import FILE_ONLY, SETTINGS, shown
from tai_ops.store import Store, freshness
from tai_ops.store.doctor import check
from tai_ops.store.settings import change, changes, held
from tai_ops.terminal import LocalTerminal


@pytest.fixture
def own(tmp_path: Path):
    """A store whose file says the zone and one label."""
    (tmp_path / "company.toml").write_text(
        'zone = "America/New_York"\n[categories]\nAWS = "cloud infrastructure"\n', "utf-8"
    )
    store = Store.open(tmp_path / "books.duckdb", create=True)
    yield store
    store.close()


def test_every_setting_stands_in_the_catalogue_or_with_the_file_alone() -> None:
    assert set(SETTINGS) | FILE_ONLY == set(Company.model_fields)


def test_a_change_stands_over_the_file_and_is_a_row(own: Store) -> None:
    done = change(own, make.CEO, "zone", "Europe/Berlin", now=make.NOW)
    assert (own.company.zone, own.company.zone_chosen) == ("Europe/Berlin", True)
    assert own.company.categories == {"AWS": "cloud infrastructure"}
    assert (done.before, done.after) == ("America/New_York", "Europe/Berlin")
    assert changes(own) == [done]
    [(who, event)] = own.rows("select done_by, event from audit")
    assert (who, event) == (make.CEO.email, "change setting")
    assert held(own)["zone"].change == done
    assert held(own)["categories"].by_file


def test_a_change_outlives_the_program_and_goes_back_to_the_file(own: Store) -> None:
    change(own, make.CEO, "zone", "Europe/Berlin", now=make.NOW)
    change(own, make.CEO, "uptime_target_pct", "99.9", now=make.NOW)
    path = own.path
    own.close()
    assert path
    again = Store.open(path)
    assert (again.company.zone, again.company.uptime_target_pct) == ("Europe/Berlin", Decimal("99.9"))
    change(again, make.CEO, "zone", None, now=make.NOW)
    assert again.company.zone == "America/New_York"
    assert [(c.name, c.after, c.is_back) for c in changes(again)] == [
        ("zone", None, True),
        ("uptime_target_pct", "99.9", False),
        ("zone", "Europe/Berlin", False),
    ]
    again.close()


def test_the_file_is_read_anew_when_it_changes(own: Store) -> None:
    assert own.company.zone == "America/New_York"
    (own.folder / "company.toml").write_text('zone = "Asia/Tokyo"\n', "utf-8")
    assert own.company.zone == "Asia/Tokyo"


def test_every_number_knows_of_a_change(own: Store) -> None:
    before = freshness.version(own)
    change(own, make.CEO, "revenue_target_year", "200000", now=make.NOW)
    assert freshness.version(own) != before


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("zone", "Mars/Base", "Company page: zone: 'Mars/Base' is not a time zone"),
        ("uptime_target_pct", "101", "Company page: uptime_target_pct: "),
        ("uptime_target_pct", "", "Company page: uptime_target_pct: "),
        ("business_closes", "07:00", "business_closes must be later than business_opens"),
        ("plan_week_1", "2026-01-06", "2026-01-06 is no Monday; the one of that week is 2026-01-05"),
        ("fiscal_start_month", 13, "Company page: fiscal_start_month: "),
        ("currency", "EUR", "no setting that can be changed here"),
        ("stage_probability_pct", {"maybe": "5"}, "'maybe' is no stage"),
        ("categories", {"A": "B", "B": "C", "C": "A"}, "it comes back to itself (A → B → C → A)"),
        ("categories", {"A": "A"}, "it comes back to itself (A → A)"),
        ("categories", {"A": "sky"}, "'sky' is no category and no label of the map"),
        (
            "sla_credits",
            [{"below_pct": "99.5", "credit_pct": "25"}, {"below_pct": "98", "credit_pct": "10"}],
            "below 98 % must give more back than below 99.5 %",
        ),
    ],
)
def test_what_can_be_no_setting_is_refused_by_name_and_changes_nothing(
    own: Store, name: str, value: object, why: str
) -> None:
    before = own.company
    with pytest.raises(Refused) as refused:
        change(own, make.CEO, name, value, now=make.NOW)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
    assert own.company == before
    assert changes(own) == []


def test_nothing_is_written_where_nothing_changes_and_nobody_but_the_ceo_writes(own: Store) -> None:
    with pytest.raises(Refused, match="so already"):
        change(own, make.CEO, "zone", "America/New_York", now=make.NOW)
    with pytest.raises(Refused, match="already"):
        change(own, make.CEO, "cac_lag_months", None, now=make.NOW)
    with pytest.raises(NotAllowed):
        change(own, make.CFO, "zone", "Asia/Tokyo", now=make.NOW)
    assert changes(own) == []


def test_a_second_click_writes_once(own: Store) -> None:
    first = change(own, make.CEO, "zone", "Asia/Tokyo", now=make.NOW, request_key="k")
    again = change(own, make.CEO, "zone", "Asia/Tokyo", now=make.NOW, request_key="k")
    assert (again.before, again.after) == (first.before, first.after)
    assert len(changes(own)) == 1


def test_labels_lead_over_labels_to_a_category(own: Store) -> None:
    change(own, make.CEO, "categories", {"AWS": "Hosting", "hosting": "Cloud Infrastructure"}, now=make.NOW)
    assert own.company.category_of(" aws") == "cloud infrastructure"
    assert own.company.category_of("HOSTING") == "cloud infrastructure"
    assert own.company.category_of("payroll") == "payroll"
    assert own.company.category_of("balloons") == "other"


def test_the_credit_ladder_of_i16(own: Store) -> None:
    """99.0-99.5 gives 10 %, 98-99 25 %, 95-98 50 %, below 95 the whole fee; empty until somebody sets it."""
    from tai_ops.settings import USUAL_LADDER

    assert own.company.credit_pct(Decimal(90)) is None
    change(own, make.CEO, "sla_credits", list(USUAL_LADDER), now=make.NOW)
    given = {"99.5": 0, "99.49": 10, "99": 10, "98.99": 25, "98": 25, "97.5": 50, "95": 50, "94.9": 100}
    for uptime, credit in given.items():
        assert own.company.credit_pct(Decimal(uptime)) == credit, uptime
    assert own.company.credit_pct(None) is None


def test_commands_read_the_settings_that_hold(
    own: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(own, make.CEO, "uptime_target_pct", "99.9", now=make.NOW)
    own.close()
    monkeypatch.chdir(own.folder)
    words = "--store duckdb:books.duckdb --json uptime --from 2026-03-01 --to 2026-03-31"
    assert cli.run(list(words.split()), LocalTerminal(), None) == 0
    assert '"budget_minutes": 43.14' in capsys.readouterr().out


def test_doctor_names_the_file_and_the_page_apart(own: Store) -> None:
    def settings() -> list[tuple[str, str]]:
        return [(f.level, f.detail) for f in check(own, now=make.NOW) if f.check == "settings"]

    assert settings()[0][0] == "good"
    with own.write(make.CEO, "company", "spoil", now=make.NOW) as write:
        write.sql("insert into settings values ('zone', '\"Mars\"', null, now(), 'x', 'entered')")
    own.settings_version += 1
    [(level, detail)] = settings()
    assert level == "wrong"
    assert detail.startswith("Company page: zone: ")
    (own.folder / "company.toml").write_text("zone = 5\n", "utf-8")
    [(level, detail)] = settings()
    assert level == "wrong"
    assert detail.startswith("company.toml: zone: ")


def test_values_are_said_in_words() -> None:
    company = Company().model_dump(mode="json")
    said = {name: shown(setting, company[name], "USD") for name, setting in SETTINGS.items()}
    assert said["business_opens"] == "08:00"
    assert said["fiscal_start_month"] == "January"
    assert said["uptime_target_pct"] == "99.5 %"
    assert said["revenue_target_year"] == "$125,000"
    assert said["plan_week_1"] == "not set"
    assert said["sla_credits"] == "none"
    assert said["stage_probability_pct"].startswith("lead 10 %, discovery 20 %")
