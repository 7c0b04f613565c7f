"""Runbook 2 and 5, the pipeline: deals by stage and age, weighted value with its spread, movement, win rate, lost reasons."""

import streamlit as st

from tai_ops.app import pipeline_history as history
from tai_ops.app import pipeline_page as page

found = page.seen()
page.title(found)
if not found.board.facts.deals:
    page.empty()
    st.stop()
page.tiles(found)
match page.part():
    case "Table":
        page.table(found)
    case "Movement":
        history.moves(found)
    case "Won and lost":
        history.closed(found)
    case "Forecast":
        history.forecast(found)
    case "Cash":
        history.cash()
    case _:
        page.board(found)
