"""The sections of what is served: the public pages and the desk."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.settings.checks import a_host, a_name, a_url, addresses_of_machines, between, or_empty
from outreach.settings.fields import setting as _setting


@dataclass(frozen=True, slots=True)
class Public:
    """The pages that readers meet."""

    url: str = _setting("https://outreach.example.org", "where the links of messages lead", a_url)
    host: str = _setting(
        "127.0.0.1",
        "where `outreach serve --public` answers; a proxy with HTTPS stands before it",
        a_host,
    )
    port: int = _setting(8322, "its port", between(1, 65_535))
    proxies: str = _setting(
        "127.0.0.1",
        "of the proxy, or several with commas between: only these are believed who a client is",
        or_empty(addresses_of_machines),
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """The pages of staff: `outreach serve`."""

    host: str = _setting("127.0.0.1", "127.0.0.1: nobody but this machine", a_host)
    port: int = _setting(8321, "its port", between(1, 65_535))
    proxies: str = _setting("", "as in [public]", or_empty(addresses_of_machines))
    url: str = _setting("", "where staff find it, if a proxy stands before it", or_empty(a_url))
    login_header: str = _setting(
        "",
        "the header in which a single-sign-on proxy names who it is, as X-Forwarded-Email; believed"
        " of [desk] proxies only, empty: of nobody",
        a_name,
    )
