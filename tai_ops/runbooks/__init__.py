"""The six runbooks as verbs, one module each; none imports another."""
