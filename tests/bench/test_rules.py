"""The suite of rules: what each server is given, and what the programs say."""
import xml.etree.ElementTree as ET

from benchlib import micro, rule_set
from benchlib.server import Setup
from benchlib.servers.haproxy import HAProxy, HAProxyLists
from benchlib.servers.navajo import Navajo, NavajoPlain
from benchlib.servers.nginx import Nginx
from suites import rules


def test_lines_of_a_program_are_cases_and_numbers_and_others_are_for_people():
    assert micro.parse("# 3 runs\nrules_0 12\nrules_1000: 1234.5 ns\nsome words here\nlimiter\t99.5\n") == {
        "rules_0": 12.0, "rules_1000": 1234.5, "limiter": 99.5}


def test_every_server_has_every_rule():
    made = rule_set.mixed(100)
    navajo = ET.fromstring(rule_set.as_navajo(made, logged=True))
    assert len(navajo.findall("set[@name='refused']/rule")) == 100
    assert [rule.get("id") for rule in navajo.findall("set[@name='all']/rule")] == ["rate", "log"]
    assert navajo.find("set[@name='refused']/rule").get("when") == 'host("h0.example.org") and path("/app0/**")'
    assert sum("http-request deny if" in line for line in rule_set.as_haproxy(made)) == 100
    http, server = rule_set.as_nginx(made)
    assert sum(line.endswith(" 1;") for line in http) == 100 and len(server) == 5


def test_lists_of_haproxy_have_every_rule(tmp_path):
    lines = rule_set.as_haproxy_lists(rule_set.mixed(100), tmp_path)
    assert sum(len(file.read_text().splitlines()) for file in tmp_path.iterdir()) == 100
    assert sum(line.startswith("http-request deny if") for line in lines) == 4


def test_configurations_have_rules_only_when_they_are_asked_for(tmp_path):
    for count, kind, name, mark in ((7, Navajo, "navajo.xml", "<Rules"), (7, HAProxy, "haproxy.cfg", "stick-table"),
                                    (7, HAProxyLists, "haproxy.cfg", ".lst"), (7, Nginx, "nginx.conf", "limit_req"),
                                    (0, Navajo, "navajo.xml", "<Rules"), (0, HAProxy, "haproxy.cfg", "stick-table"),
                                    (0, HAProxyLists, "haproxy.cfg", ".lst"), (0, Nginx, "nginx.conf", "limit_req")):
        folder = tmp_path / f"{kind.name}{count}"
        folder.mkdir()
        kind(None).configure(folder, 8080, Setup(backend_port=9, rules=count))
        assert (mark in (folder / name).read_text()) == bool(count), (kind.name, count)


def test_the_plain_server_has_neither_rules_nor_an_event_log(tmp_path):
    NavajoPlain(None).configure(tmp_path, 8080, Setup(backend_port=9, rules=7, event_log=True))
    text = (tmp_path / "navajo.xml").read_text()
    assert "<Rules" not in text and "<EventLog" not in text and not (tmp_path / "rules.xml").exists()


def test_goals_are_those_of_the_cases_by_name():
    assert {goal.case for goal in rules.GOALS} == {"rules_100", "rules_1000", "limiter", "full_request"}
