"""`navajo doctor` on a real configuration: nothing is found where all is well, and every seeded fault is."""
import json
import os
import socket
import stat

from harness import paths
from harness.ports import free_port
from harness.tls import Authority


def findings(result):
    return json.loads(result.stdout)["findings"]


def about(found, text):
    return [one for one in found if text in one["text"]]


def one(found, text):
    matching = about(found, text)
    assert len(matching) == 1, f"{text} in {found}"
    return matching[0]


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_sound_proxy_has_no_faults_before_and_while_it_runs(made_proxy, backend):
    made = made_proxy("--backend", f"http://127.0.0.1:{backend.port}")
    found = findings(made.good("doctor", "--json"))
    assert one(found, "so has mod_navajo")["health"] == "ok"
    assert one(found, f"on 0.0.0.0:{made.port}")["text"].endswith("free")
    assert one(found, "takes connections")["health"] == "ok"
    made.good("start")
    found = findings(made.good("doctor", "--json"))
    assert one(found, f"on 0.0.0.0:{made.port}")["text"].endswith("taken by this server")
    if not paths.sanitized():  # which brings an allocator of its own
        # The parent and two children.
        assert one(found, "processes run on jemalloc")["text"].startswith("3 of 3")


def test_each_seeded_fault_is_found_and_something_to_do_is_told(made_proxy, module_folder):
    closed = free_port()
    made = made_proxy("--backend", f"http://127.0.0.1:{closed}")
    web_xml = made.folder / "site" / "WEB-INF" / "web.xml"
    change(web_xml, f"127.0.0.1:{closed}", f"127.0.0.1:{closed} nobody.invalid:80")
    expired = Authority(module_folder / "expired").issue("localhost", days=-1)
    (made.folder / "tls" / "localhost.pem").write_text(expired[0].read_text())  # the key stays
    os.chmod(made.folder / "tls" / "localhost.key", 0o644)
    with socket.create_server(("0.0.0.0", made.port)):
        result = made.navajo("doctor", "--json", "--timeout", "3")
    assert result.returncode == 1
    found = findings(result)
    for text in ("another program has it", "is not the key of this certificate", "has expired",
                 "can be read by everybody", f"127.0.0.1:{closed}: Connection refused", "nobody.invalid"):
        assert one(found, text)["health"] == "fault"
        assert one(found, text)["advice"]
    assert stat.S_IMODE(os.stat(made.folder / "tls" / "localhost.key").st_mode) == 0o644  # nothing is changed


def test_backends_over_tls_are_shaken_hands_with(made_proxy, origin, authority):
    trusted = made_proxy("--backend", f"https://localhost:{origin.port}", "--backend-ca", authority.certificate)
    found = findings(trusted.good("doctor", "--json"))
    # The test's certificates live for two days.
    assert one(found, "its certificate expires in")["health"] == "warning"
    change(trusted.folder / "site" / "WEB-INF" / "web.xml", str(authority.certificate), str(trusted.folder / "tls" /
                                                                                          "localhost.pem"))
    refused = trusted.navajo("doctor", "--json")
    assert refused.returncode == 1
    assert "SSLCACertificateFile" in [one for one in findings(refused) if one["area"] == "tls"][0]["advice"]


def test_a_configuration_with_faults_is_one(made_proxy, backend):
    made = made_proxy("--backend", f"http://127.0.0.1:{backend.port}")
    change(made.config, "<Engine ", "<Engin ")
    result = made.navajo("doctor", "--json")
    assert result.returncode == 1 and "navajo check" in one(findings(result), "faults")["advice"]
