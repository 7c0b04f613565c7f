"""What each command does, by noun: it reads its arguments, calls the same functions as the pages, answers JSON and text."""
