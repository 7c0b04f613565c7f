"""The settings file: every default documented, a wrong setting named."""

from decimal import Decimal
from pathlib import Path

import pytest

from tai_ops.company import Company, company_settings
from tai_ops.errors import Refused

EXAMPLE = Path(__file__).resolve().parent.parent / "data" / "company.example.toml"


def test_the_example_documents_every_setting_with_its_default() -> None:
    assert company_settings(EXAMPLE).model_copy(update={"zone_chosen": False}) == Company()
    text = EXAMPLE.read_text()
    for name in Company.model_fields:
        assert name in text or name == "zone_chosen", name


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert company_settings(tmp_path / "company.toml") == Company()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('zone = "Mars/Base"', "company.toml: zone: "),
        ('colour = "red"', "company.toml: colour: "),
        ("fiscal_start_month = 13", "company.toml: fiscal_start_month: "),
        ("zone = ", "company.toml: not readable as TOML"),
        ('[categories]\nAWS = "sky"', "company.toml: categories.AWS: "),
    ],
)
def test_a_wrong_setting_is_refused_by_name_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "company.toml"
    path.write_text(text)
    with pytest.raises(Refused) as refused:
        company_settings(path)
    assert str(refused.value).startswith(words)
    assert "\n" not in str(refused.value)


def test_an_unknown_setting_is_named_with_where_all_of_them_stand(tmp_path: Path) -> None:
    path = tmp_path / "company.toml"
    path.write_text('time_zone = "Europe/Zurich"\n')
    with pytest.raises(Refused) as refused:
        company_settings(path)
    assert str(refused.value) == (
        "company.toml: time_zone: there is no such setting; data/company.example.toml has them all"
    )


def test_categories_map_and_the_six_map_to_themselves() -> None:
    company = Company(categories={"AWS": "cloud infrastructure"})
    assert company.category_of("aws") == "cloud infrastructure"
    assert company.category_of("Payroll") == "payroll"
    assert company.category_of("balloons") == "other"
    assert company.category_of(None) == "other"
    assert company.stage_probability_pct["closing"] == Decimal(70)
