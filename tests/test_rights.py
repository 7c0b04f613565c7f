"""Who acts, and who may do what."""

import pytest

from tai_ops.errors import NotAllowed
from tai_ops.rights import LOCAL_OWNER, PROGRAM, RIGHTS, Actor, acting, authorize, called, may, who_may

CEO, CFO, CSM = (Actor(f"{role}@x.example", role.upper(), role) for role in ("ceo", "cfo", "csm"))


def test_the_local_owner_acts_until_there_is_a_ceo() -> None:
    assert acting([CFO, CSM], None, "success") == LOCAL_OWNER
    assert acting([CEO, CFO, CSM], None, "success") == CSM
    assert acting([CEO, CFO], None, "success") == CEO


def test_who_acts_is_called_by_name_and_the_program_so() -> None:
    assert called(PROGRAM.email, {PROGRAM.email: None}) == "the program"
    assert called(CFO.email, {CFO.email: CFO.name}) == "CFO"
    assert called("gone@x.example", {}) == "gone@x.example"


def test_a_named_person_must_be_on_record() -> None:
    assert acting([CEO, CFO], " CFO@x.example ", "money") == CFO
    with pytest.raises(NotAllowed, match="not an active person"):
        acting([CEO], "who@x.example", "money")
    with pytest.raises(NotAllowed):
        acting([CEO], LOCAL_OWNER.email, "money")


@pytest.mark.parametrize("right", RIGHTS)
def test_the_ceo_may_do_everything_and_the_csm_only_her_own(right: str) -> None:
    assert may(CEO, right)
    assert may(LOCAL_OWNER, right)
    assert may(CSM, right) == (right in {"success", "onboarding", "notes"})


def test_a_refusal_names_what_was_asked_and_a_page_says_beforehand_who_may() -> None:
    with pytest.raises(
        NotAllowed, match=r"^CSM \(CSM\) may not work on a month's close; ask the CFO or CEO$"
    ):
        authorize(CSM, "close")
    assert who_may("money") == "The CFO or CEO may change the books and the bank"
    assert who_may("review") == "The CEO may hold the weekly review"
