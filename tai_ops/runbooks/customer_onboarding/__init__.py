"""Runbook 1, the onboarding itself: its plan and steps, the gates, the cutover, stabilising, and what came of it."""
