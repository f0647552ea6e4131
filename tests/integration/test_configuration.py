"""A bad configuration is refused with every fault at its place, and never replaces a running one."""
import os
import re
import signal
import socket
import subprocess

import pytest

from harness.client import get
from harness.navajo import run_navajo, tool_environment
from harness.site import proxy
from harness.waiting import stays_true, wait_until

BAD_NAVAJO_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Navajo>
  <Service name="bad">
    <Server ServerLimit="4"/>
    <Connector name="localhost" prot="8080"/>
    <Engin defaultHost="localhost">
    </Engin>
    <Engine defaultHost="localhost">
      <Host name="localhost">
        <Context docBase="www"/>
      </Host>
    </Engine>
  </Service>
</Navajo>
"""
BAD_WEB_XML = """<?xml version="1.0" encoding="UTF-8"?>
<web-app>
  <servlet>
    <servlet-name>Backend</servlet-name>
    <servlet-class>HttpConectorServlet</servlet-class>
  </servlet>
  <servlet>
    <servlet-name>Other</servlet-name>
    <servlet-class>HttpConnectorServlet</servlet-class>
    <init-param><param-name>InetAddress</param-name><param-value>127.0.0.1:80</param-value></init-param>
    <init-param><param-name>ConnectTimeout</param-name><param-value>soon</param-value></init-param>
    <init-param><param-name>InetAdress</param-name><param-value>127.0.0.1:80</param-value></init-param>
  </servlet>
  <servlet-mapping>
    <servlet-name>Nobody</servlet-name>
    <url-pattern>/*</url-pattern>
  </servlet-mapping>
</web-app>
"""


def send_raw(port, request):
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(10)
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


def write_site(folder, navajo_xml, web_xml):
    (folder / "www" / "WEB-INF").mkdir(parents=True, exist_ok=True)
    (folder / "navajo.xml").write_text(navajo_xml)
    (folder / "www" / "WEB-INF" / "web.xml").write_text(web_xml)
    return folder / "navajo.xml"


def test_check_accepts_a_good_site(make_server, backend):
    site = make_server([proxy(backend.port)], start=False)
    result = site.navajo("check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_check_lists_all_faults_of_navajo_xml_with_their_places(module_folder):
    config = write_site(module_folder / "bad1", BAD_NAVAJO_XML, "<web-app/>")
    result = run_navajo("check", "--config", config)
    said = result.stdout + result.stderr
    assert result.returncode == 1, said
    assert re.search(r"navajo\.xml:5:\d+: .*prot", said), said
    assert re.search(r"did you mean .port", said), said
    assert re.search(r"navajo\.xml:6:\d+: .*Engin\b", said), said


def test_check_lists_all_faults_of_web_xml_with_their_places(module_folder, backend):
    good = BAD_NAVAJO_XML.replace("prot=", "port=").replace('    <Engin defaultHost="localhost">\n    </Engin>\n', "")
    config = write_site(module_folder / "bad2", good, BAD_WEB_XML)
    result = run_navajo("check", "--config", config)
    said = result.stdout + result.stderr
    assert result.returncode == 1, said
    for line, what in ((5, "HttpConectorServlet"), (11, "ConnectTimeout|soon"), (12, "InetAdress"), (15, "Nobody")):
        assert re.search(rf"web\.xml:{line}:\d+: .*({what})", said), f"line {line} ({what}) is not named:\n{said}"


@pytest.mark.parametrize("text,place", [
    ("<Navajo><Service></Navajo>", r"navajo\.xml:1"), ("", r"navajo\.xml"), ("<Other/>", r"navajo\.xml:1"),
    ("not xml at all", r"navajo\.xml:1")], ids=["torn", "empty", "other-root", "no-xml"])
def test_check_refuses_what_is_no_navajo_xml(module_folder, text, place):
    config = write_site(module_folder / "bad3", text, "<web-app/>")
    result = run_navajo("check", "--config", config)
    assert result.returncode == 1
    assert re.search(place, result.stdout + result.stderr)


def test_check_refuses_entities_that_reach_out(module_folder):
    """Failure mode 32: no file, no network, no expansion without bound."""
    secret = module_folder / "secret.txt"
    secret.write_text("the-secret")
    text = f"""<?xml version="1.0"?>
<!DOCTYPE Navajo [<!ENTITY x SYSTEM "file://{secret}">]>
<Navajo><Service name="&x;"/></Navajo>"""
    result = run_navajo("check", "--config", write_site(module_folder / "bad4", text, "<web-app/>"))
    assert result.returncode == 1
    assert "the-secret" not in result.stdout + result.stderr


def test_bad_configuration_never_starts(make_server, backend):
    site = make_server([proxy(backend.port, ConnectTimeout="soon")], start=False)
    site.start(wait=False)
    assert site.wait_for_end(20) != 0
    assert re.search(r"web\.xml:\d+:\d+: .*ConnectTimeout", site.log.everything())
    site.expect_log("NVJ13|AH", required=False)


def test_show_httpd_prints_the_directives(make_server, backend):
    site = make_server([proxy(backend.port)], start=False, server={"Timeout": 77}, connector={"KeepAliveTimeout": 3})
    result = site.navajo("config", "show-httpd")
    assert result.returncode == 0, result.stderr
    assert re.search(rf"^\s*Listen 127\.0\.0\.1:{site.port}", result.stdout, re.M)
    assert re.search(r"^\s*Timeout 77", result.stdout, re.M)
    assert re.search(r"^\s*KeepAliveTimeout 3", result.stdout, re.M)


def test_fault_in_a_passed_on_directive_names_navajo_xml_and_its_line(make_server, backend):
    site = make_server([proxy(backend.port)], start=False, server={"KeepAliveTimeout": "purple"})
    line = next(number for number, text in enumerate(site.config.read_text().splitlines(), 1) if "purple" in text)
    site.start(wait=False)
    assert site.wait_for_end(20) != 0
    assert re.search(rf"navajo\.xml[: ].*{line}\b|line {line} of .*navajo\.xml", site.log.everything())
    site.expect_log("NVJ|AH", required=False)


def test_unknown_directive_names_navajo_xml_and_its_line(make_server, backend):
    site = make_server([proxy(backend.port)], start=False, connector={"NoSuchDirective": "x"})
    line = next(number for number, text in enumerate(site.config.read_text().splitlines(), 1)
                if "NoSuchDirective" in text)
    site.start(wait=False)
    assert site.wait_for_end(20) != 0
    everything = site.log.everything()
    assert "NoSuchDirective" in everything
    assert re.search(rf"navajo\.xml[: ].*{line}\b|line {line} of .*navajo\.xml", everything)
    site.expect_log("NVJ|AH", required=False)


def break_navajo_xml(server):
    server.config.write_text(BAD_NAVAJO_XML)


def break_web_xml(server):
    (server.folder / "www" / "WEB-INF" / "web.xml").write_text(BAD_WEB_XML)


def break_directive(server):
    server.config.write_text(server.config.read_text().replace("<Server ", '<Server KeepAliveTimeout="purple" '))


def break_properties(server):
    (server.folder / "bc.properties").write_text("ch.nevis.bc.net.MaxHeaders = lots\n")


@pytest.mark.parametrize("signum,break_it", [
    (signal.SIGUSR1, break_navajo_xml), (signal.SIGUSR1, break_web_xml), (signal.SIGUSR1, break_directive),
    (signal.SIGUSR1, break_properties), (signal.SIGHUP, break_navajo_xml), (signal.SIGHUP, break_web_xml)])
def test_raw_signal_with_a_bad_configuration_keeps_the_old_server(make_server, backend, signum, break_it):
    """Plain httpd ends here (AH00020); Navajo serves on with what it had."""
    server = make_server([proxy(backend.port)])
    good = server.config.read_text()
    break_it(server)
    os.kill(server.parent, signum)
    server.expect_log(r"NVJ1\d\d\d|AH\d+", required=False)
    server.wait_for_log(r"(navajo|web)\.xml|bc\.properties")
    # SIGHUP ends the children at once, with what they have in hand. When they are gone nobody accepts for a moment, and
    # connections wait in the listen queue.
    if signum == signal.SIGHUP:
        wait_until(lambda: len(server.log.lines("resuming normal operations")) >= 2, 20, "the end of the restart")
    stays_true(lambda: get(server.port, "/ok").status == 200, 3, "the old configuration's service", interval=0.2)
    assert not server.ended, "the parent has gone; its children serve only until they notice"
    (server.folder / "bc.properties").unlink(missing_ok=True)
    # And a repaired file is taken at the next restart.
    server.config.write_text(good)
    server.write()
    server.graceful_restart()
    assert get(server.port, "/ok").status == 200
    server.stop()


@pytest.mark.parametrize("words", [("-t",), ("-k", "graceful"), ("-k", "restart")])
def test_httpd_itself_refuses_a_bad_configuration_and_the_server_stays(make_server, backend, words):
    server = make_server([proxy(backend.port)])
    break_web_xml(server)
    program = re.search(r"^httpd .*\((/.*)\)$", run_navajo("version").stdout, re.M).group(1)
    result = subprocess.run([program, "-f", str(server.run_directory / "httpd.conf"), *words],
                            capture_output=True, text=True, timeout=30, env=tool_environment())
    assert result.returncode != 0
    assert re.search(r"web\.xml:11:\d+: NVJ\d{4}", result.stdout + result.stderr), result.stdout + result.stderr
    stays_true(lambda: get(server.port, "/ok").status == 200, 1, "the service")
    assert not server.log.lines("AH00493|AH00494|SIGUSR1 received|SIGHUP received")
    server.expect_log(r"NVJ13\d\d", required=False)
    server.stop()


def test_secrets_come_from_commands_and_stand_in_no_message(make_server, backend):
    site = make_server([proxy(backend.port)], start=False)
    properties = site.folder / "bc.properties"
    properties.write_text("HttpConnectorServlet.ConnectTimeout=${exec:echo tell-nobody-1234}\n")
    result = site.navajo("check")
    assert result.returncode == 1
    assert re.search(r"bc\.properties:1:37: NVJ1312", result.stderr), result.stderr
    assert "tell-nobody" not in result.stdout + result.stderr
    properties.write_text("HttpConnectorServlet.ConnectTimeout=${exec:echo 3s}\n")
    assert site.navajo("check").returncode == 0


def test_a_post_without_any_length_is_answered_411(make_server, backend):
    request = b"POST /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    server = make_server([proxy(backend.port)])
    assert send_raw(server.port, request).startswith(b"HTTP/1.1 411 ")
    (server.folder / "bc.properties").write_text("ch.nevis.bc.net.AllowPostWithoutContentLength=true\n")
    server.graceful_restart()
    wait_until(lambda: send_raw(server.port, request).startswith(b"HTTP/1.1 200 "), 5, "the property's effect")
    server.stop()


def test_reload_command_refuses_a_bad_configuration(make_server, backend):
    """What an administrator uses: nothing is signalled, the exit status and the faults tell."""
    server = make_server([proxy(backend.port)])
    break_web_xml(server)
    result = server.navajo("reload")
    assert result.returncode == 1
    assert re.search(r"web\.xml:11:\d+: ", result.stdout + result.stderr)
    stays_true(lambda: get(server.port, "/ok").status == 200, 1, "the service")
    assert not server.log.lines("AH00493|SIGUSR1 received")
    server.write()
    result = server.navajo("reload")
    assert result.returncode == 0, result.stdout + result.stderr
    server.wait_for_log("AH00493|SIGUSR1 received")
    assert get(server.port, "/ok").status == 200
    server.stop()


@pytest.mark.parametrize("command", ["stop", "graceful-stop"])
def test_stop_commands_end_the_server(make_server, backend, command):
    server = make_server([proxy(backend.port)])
    result = server.navajo(command)
    assert result.returncode == 0, result.stdout + result.stderr
    assert server.wait_for_end(10) == 0


def test_changed_configuration_serves_after_a_graceful_restart(make_server, backend):
    server = make_server([proxy(backend.port)])
    assert get(server.port, "/ok/before").status == 200
    server.site.hosts[0].contexts[0].components = [proxy(backend.port, at=("/ok/*",))]
    server.write()
    server.graceful_restart()
    assert get(server.port, "/ok/after").status == 200
    # A child of the old generation may still take a connection or two.
    wait_until(lambda: get(server.port, "/elsewhere").status == 404, 5, "the new mapping")
    server.stop()


def test_version_and_help_speak_to_a_person():
    version = run_navajo("version")
    assert version.returncode == 0 and re.search(r"\d+\.\d+\.\d+", version.stdout)
    help_text = run_navajo("help")
    assert help_text.returncode == 0
    for command in ("run", "check", "config", "status", "version"):
        assert command in help_text.stdout
    wrong = run_navajo("rum")
    assert wrong.returncode != 0
    assert "run" in wrong.stdout + wrong.stderr
