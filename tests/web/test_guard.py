"""Who may ask, decided from the headers alone."""

import pytest

from tai_ops.web.guard import content_security_policy, is_loopback_host, is_own_origin


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True),
        ("LOCALHOST:8501", True),
        ("127.0.0.1:8501", True),
        ("127.9.9.9", True),
        ("[::1]:8501", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example@localhost", False),
        ("localhost:80@evil.example", False),
        ("localhost/..", False),
        ("localhost?x", False),
        ("localhost:port", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("[::1", False),
        ("", False),
        (None, False),
    ],
)
def test_host_names_this_machine(host, own):
    assert is_loopback_host(host) is own


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://localhost:8501", "localhost:8501", True),
        ("https://localhost:8501", "localhost:8501", True),
        (None, "localhost:8501", True),
        ("http://localhost:3000", "localhost:8501", False),
        ("http://127.0.0.1:8501", "localhost:8501", False),
        ("http://evil.example", "localhost:8501", False),
        ("http://localhost:8501.evil.example", "localhost:8501", False),
        ("null", "localhost:8501", False),
        ("", "localhost:8501", False),
    ],
)
def test_origin_is_this_server(origin, host, own):
    assert is_own_origin(origin, host) is own


def test_policy_allows_the_inline_script_by_its_hash_and_no_other():
    policy = content_security_policy("<script>\n  a = 1\n</script><script src='x.js'></script>")
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts == "script-src 'self' 'sha256-nHiJsB1GRX6Ku2XBkWKVt2F3CJiowPuMwhcJv+CWmC0='"
