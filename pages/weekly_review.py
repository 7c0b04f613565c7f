"""Runbook 5, the weekly operations review: Friday 16:00, thirty minutes, seven blocks."""

from tai_ops.app import review_after, review_before, review_blocks, review_scorecard, review_stage
from tai_ops.app import review_page as page

found = page.seen()
number = page.asked_number(found)
if page.presenting():
    review_stage.stage(found)
elif number:
    page.title_row(found)
    page.notices(found)
    page.number_and_rows(found, number)
    review_scorecard.weeks_chart(found, number)
elif review_scorecard.asked():
    page.title_row(found)
    page.notices(found)
    review_scorecard.scorecard(found)
else:
    page.title_row(found)
    page.notices(found)
    page.verdict(found)
    review_before.checks(found)
    page.tiles(found)
    page.pictures(found)
    review_before.preparation(found)
    review_blocks.blocks(found)
    review_after.trend(found)
    review_after.after(found)
