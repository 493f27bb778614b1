"""Colours carry: text at least 4.5 to 1, marks at least 3 to 1, on light and on dark paper."""

import pytest

from reports.icons import ICONS
from reports.theme import DARK, LIGHT, MARKS, TEXT, contrast


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("token", TEXT)
def test_text_is_readable_on_paper_and_wash(tokens: dict[str, str], token: str) -> None:
    assert contrast(tokens[token], tokens["paper"]) >= 4.5
    assert contrast(tokens[token], tokens["wash"]) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("token", MARKS)
def test_marks_stand_out_from_paper(tokens: dict[str, str], token: str) -> None:
    assert contrast(tokens[token], tokens["paper"]) >= 3


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_cross_stands_out_from_its_square_and_late_text_from_its_tint(tokens: dict[str, str]) -> None:
    assert contrast(tokens["breached"], tokens["paper"]) >= 4.5
    assert contrast(tokens["breached_fill"], tokens["breached_pale"]) >= 3
    assert contrast(tokens["duty"], tokens["fact_pale"]) >= 3
    assert contrast(tokens["fact"], tokens["band"]) >= 3


def test_light_and_dark_know_the_same_tokens() -> None:
    assert LIGHT.keys() == DARK.keys()


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_state_has_a_shape_of_its_own() -> None:
    states = {
        "met",
        "breached",
        "pending",
        "not_applicable",
        "no_data",
        "unconnected",
        "waived",
        "baseline",
        "disputed",
    }
    assert states <= ICONS.keys()
    assert len(set(ICONS.values())) == len(ICONS)
