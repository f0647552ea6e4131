"""What the client of the mitm suite reports is read as it is printed; its certificates and configurations are right."""
import json
import shutil
import subprocess

import pytest

import suites
from benchlib import authority
from benchlib.child import Failed
from benchlib.load import parse_own
from benchlib.bench_run import BenchRun
from benchlib.server import Server, Setup
from benchlib.servers.mitmproxy import Mitmproxy
from benchlib.servers.navajo_tls import NavajoForward, NavajoReverse
from benchlib.tls_load import parse_visited

NO_ERRORS = {"connect": 0, "refused": 0, "handshake": 0, "closed": 0, "status": 0, "response": 0, "timeout": 0}
VISITED = {"done": 20, "seconds": 0.5, "cpu_us": 9000.5, "cpu_user_us": 5000.0, "cpu_system_us": 4000.0,
           "cpu_complete": True, "foreign_cpu_us": 100, "stolen_us": 0, "connect_p50_us": 90, "connect_p99_us": 200,
           "handshake_p50_us": 700, "handshake_p99_us": 1900, "first_byte_p50_us": 1500, "first_byte_p99_us": 4000,
           "certificate_bytes": 434.5, "chain_bytes": 900.0, "errors": NO_ERRORS}
WARM = {"requests": 1000, "p50_us": 300, "p99_us": 900, "reconnects": 0, "seconds": 0.5, "cpu_us": 20010.0,
        "cpu_user_us": 5000.0, "cpu_system_us": 15000.0, "cpu_complete": True, "foreign_cpu_us": 40000,
        "stolen_us": 10000, "errors": NO_ERRORS}


def test_times_are_read_as_median_and_percentile():
    visited = parse_visited(json.dumps(VISITED), wanted=20)
    assert visited.times == {"connect": (90, 200), "handshake": (700, 1900), "first_byte": (1500, 4000)}
    assert (visited.done, visited.seconds, visited.cpu_us) == (20, 0.5, 9000.5)
    assert (visited.certificate_bytes, visited.chain_bytes, visited.errors) == (434.5, 900.0, 0)


def test_errors_of_all_kinds_are_added_up():
    said = {**VISITED, "errors": {**NO_ERRORS, "refused": 2, "handshake": 3}}
    assert parse_visited(json.dumps(said), wanted=20).errors == 5


def test_a_host_that_was_not_visited_is_an_error():
    assert parse_visited(json.dumps(VISITED), wanted=23).errors == 3


def test_a_server_that_lost_a_process_is_a_failure():
    with pytest.raises(Failed):
        parse_visited(json.dumps({**VISITED, "cpu_complete": False}), wanted=20)


def test_warm_load_reports_as_any_other():
    run = parse_own(json.dumps(WARM))
    assert (run.requests, run.p50_us, run.p99_us, run.error_count) == (1000, 300, 900, 0)
    assert run.disturbance(cores=2) == pytest.approx(5.0)


@pytest.fixture(name="certificates", scope="module")
def made_certificates(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    return authority.make(tmp_path_factory.mktemp("certificates"))


def verified(ca, certificate):
    done = subprocess.run(["openssl", "verify", "-CAfile", str(ca), "-purpose", "sslserver", "-verify_hostname",
                           "h7.bench.test", str(certificate)], capture_output=True, timeout=20, check=False)
    return done.returncode == 0


def test_the_origin_is_vouched_for_by_its_own_authority_alone(certificates):
    assert verified(certificates.origin_ca, certificates.origin)
    assert not verified(certificates.minting_ca, certificates.origin)


def test_keys_are_for_their_owner_alone(certificates):
    assert [key.stat().st_mode & 0o777 for key in (certificates.origin_key, certificates.minting_key)] == [0o600] * 2


def test_proxies_are_told_what_to_sign_with(certificates, tmp_path):
    setup = Setup(backend_port=4443, certificates=certificates, hosts=1000, idle_s=7)
    for kind in (NavajoForward, NavajoReverse, Mitmproxy):
        (tmp_path / kind.name).mkdir()
        kind(None).configure(tmp_path / kind.name, 3128, setup)
    forward = (tmp_path / "navajo" / "navajo.xml").read_text()
    assert f'caCertificate="{certificates.minting_ca}"' in forward
    assert 'certCacheSize="1250"' in forward
    assert "<param-value>7s</param-value>" in (tmp_path / "navajo/www/WEB-INF/web.xml").read_text()
    reverse = (tmp_path / "navajo_reverse" / "navajo.xml").read_text()
    assert f'SSLCertificateFile="{certificates.origin}"' in reverse and "ForwardProxy" not in reverse
    assert "127.0.0.1:4443" in (tmp_path / "navajo_reverse/www/WEB-INF/web.xml").read_text()
    own = tmp_path / "mitmproxy" / "home" / "mitmproxy-ca.pem"
    assert certificates.minting_ca.read_text() in own.read_text()
    assert own.stat().st_mode & 0o777 == 0o600


class Absent(Server):
    name = "absent"
    programs = ("a-program-that-nobody-has",)
    install_hint = "install it"


class Present(Absent):
    programs = ("sh",)


def test_a_peer_that_is_not_installed_is_left_out_with_a_line(monkeypatch, capsys):
    monkeypatch.setattr(suites.mitm, "PEERS", (Absent, Present))
    run = BenchRun(None, None, None, [])
    assert list(suites.mitm.installed(run)) == [Present]
    assert "a-program-that-nobody-has not found; install it" in capsys.readouterr().err
