"""As much of a browser as logins need: cookies with path, Secure and Max-Age, redirects, forms, a back button."""
import html.parser
import threading
import urllib.parse

from .client import Client


class _Forms(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []
        self.links = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.forms.append({"action": given.get("action", ""), "method": given.get("method", "get"), "fields": {}})
        elif tag == "input" and self.forms and given.get("name"):
            self.forms[-1]["fields"][given["name"]] = given.get("value", "")
        elif tag == "a":
            self.links.append(given.get("href"))


class Page:
    def __init__(self, url, response):
        self.url, self.response = url, response
        parser = _Forms()
        if "html" in response.header("Content-Type", ""):
            parser.feed(response.body.decode())
        self.forms, self.links = parser.forms, parser.links

    @property
    def status(self):
        return self.response.status

    @property
    def text(self):
        return self.response.body.decode(errors="replace")

    @property
    def is_login(self):
        return bool(self.forms) and "password" in self.forms[0]["fields"]


class Browser:
    """One user's browser; its methods may be called by several threads at once, as tabs do."""

    NAVIGATION = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Mode": "navigate",
                  "Accept-Language": "en"}

    def __init__(self, port, tls=None):
        self.port, self.tls = port, tls
        self.cookies = {}  # name -> (value, path, secure)
        self._lock = threading.Lock()

    def fetch(self, target, method="GET", headers=None, body=b""):
        """One request, no redirect."""
        fields = dict(headers or {})
        with self._lock:
            mine = [f"{name}={value}" for name, (value, path, secure) in self.cookies.items()
                    if urllib.parse.urlsplit(target).path.startswith(path) and (self.tls or not secure)]
        if mine:
            fields["Cookie"] = "; ".join(mine)
        with Client(self.port, self.tls) as client:
            response = client.request(method, target, fields, body)
        self._keep(response)
        return response

    def _keep(self, response):
        with self._lock:
            for line in response.all("Set-Cookie"):
                pair, *attributes = [part.strip() for part in line.split(";")]
                name, _, value = pair.partition("=")
                given = {key.strip().lower(): text for key, _, text in (one.partition("=") for one in attributes)}
                if given.get("max-age") == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = (value, given.get("path", "/"), "secure" in given)

    def go(self, target, method="GET", body=b"", headers=None):
        """As a person does: redirects are followed."""
        fields = {**self.NAVIGATION, **(headers or {})}
        for _ in range(10):
            response = self.fetch(target, method, fields, body)
            if response.status not in (301, 302, 303, 307):
                return Page(target, response)
            location = urllib.parse.urljoin("http://localhost" + target, response.header("Location"))
            parts = urllib.parse.urlsplit(location)
            assert parts.hostname == "localhost", f"sent away to {location}"
            target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
            if response.status in (301, 302, 303):
                method, body = "GET", b""
                fields.pop("Content-Type", None)
        raise AssertionError(f"redirected without end, last to {target}")

    def submit(self, page, **answers):
        """The first form of a page with these answers."""
        form = page.forms[0]
        action = urllib.parse.urljoin("http://localhost" + page.url, form["action"])
        parts = urllib.parse.urlsplit(action)
        body = urllib.parse.urlencode({**form["fields"], **answers}).encode()
        return self.go(urllib.parse.urlunsplit(("", "", parts.path, parts.query, "")), "POST", body,
                       {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://localhost"
                        if not self.tls else "https://localhost"})

    def log_in(self, target, user="anna", password="wonderland"):
        page = self.go(target)
        assert page.is_login, page.text
        return self.submit(page, userid=user, password=password)
