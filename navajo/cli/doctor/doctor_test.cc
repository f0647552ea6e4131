#include <sys/stat.h>

#include <string>

#include "navajo/cli/ca_files.h"
#include "navajo/cli/doctor/backends.h"
#include "navajo/cli/doctor/configured.h"
#include "navajo/cli/doctor/machine.h"
#include "navajo/cli/doctor/server.h"
#include "navajo/cli/init/self_signed.h"
#include "navajo/cli/installation.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;
using doctor::Findings;
using doctor::Health;
using doctor::Machine;
using navajo::config::TemporaryFolder;

TEST_GROUP(Doctor) {
  const TemporaryFolder folder;
  Findings findings;

  const doctor::Finding* about(const std::string& text) {
    for (const doctor::Finding& one : findings.all())
      if (one.text.find(text) != std::string::npos) return &one;
    return nullptr;
  }
  void expect(Health health, const std::string& text) {
    const doctor::Finding* found = about(text);
    CHECK_TEXT(found != nullptr, (text + " in\n" + findings_text(findings)).c_str());
    CHECK_TEXT(found->health == health, found->text.c_str());
    // Whoever is told of a fault is told what to do.
    CHECK_EQUAL(health == Health::ok, found->advice.empty());
  }
  inventory::Inventory one_certificate(time_t now, unsigned days, bool other_key) {
    const auto made = init::make_self_signed({"a.test"}, days, now), other = init::make_self_signed({"a.test"}, 1, now);
    inventory::Inventory out;
    out.certificates.push_back({inventory::CertificateFile::Kind::server, folder.write("a.pem", made->certificate_pem),
                                folder.write("a.key", other_key ? other->key_pem : made->key_pem), "Connector a"});
    out.files.push_back({inventory::OtherFile::Kind::secret, folder.file("a.key"), "Connector a: key"});
    return out;
  }
};

TEST(Doctor, a_backend_whose_clock_goes_wrong_is_a_warning) {
  constexpr time_t now = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
  const std::string head = "HTTP/1.1 404 Not Found\r\nServer: x\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
  doctor::judge_date("servlet A: a:80", head, now + 20, findings);
  expect(Health::ok, "servlet A: a:80: its clock is within 30 s of ours");
  doctor::judge_date("servlet B: b:80", head, now + 31, findings);
  expect(Health::warning, "servlet B: b:80: its clock is 31 s behind ours");
  doctor::judge_date("servlet C: c:80", head, now - 3600, findings);
  expect(Health::warning, "servlet C: c:80: its clock is 3600 s ahead of ours");
  const size_t before = findings.all().size();
  for (const char* nothing : {"", "SSH-2.0-OpenSSH", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nDate: now\r\n\r\n"})
    doctor::judge_date("servlet D: d:80", nothing, now, findings);
  LONGS_EQUAL(before, findings.all().size());
}

TEST(Doctor, small_kernel_settings_are_warnings_with_the_command_that_helps) {
  folder.write("proc/sys/net/core/somaxconn", "128\n");
  folder.write("proc/sys/net/ipv4/ip_local_port_range", "32768\t34000\n");
  folder.write("proc/sys/net/ipv4/tcp_tw_reuse", "0\n");
  folder.write("proc/sys/vm/max_map_count", "262144\n");
  Machine(folder.path()).kernel(findings);
  expect(Health::warning, "somaxconn is 128");
  STRCMP_EQUAL("sysctl -w net.core.somaxconn=4096", about("somaxconn")->advice.c_str());
  expect(Health::warning, "1233 ports");
  expect(Health::warning, "tcp_tw_reuse is 0");
  expect(Health::ok, "max_map_count is 262144");
  CHECK(about("netdev_max_backlog") == nullptr);
}

TEST(Doctor, selinux_that_keeps_httpd_from_its_backends_is_a_fault) {
  folder.write("sys/fs/selinux/enforce", "1");
  folder.write("sys/fs/selinux/booleans/httpd_can_network_connect", "0 0");
  folder.write("sys/fs/selinux/booleans/httpd_execmem", "0 0");
  Machine(folder.path()).selinux(findings);
  expect(Health::fault, "httpd_can_network_connect is off");
  expect(Health::warning, "httpd_execmem is off");
}

TEST(Doctor, a_machine_without_selinux_is_as_good) {
  Machine(folder.path()).selinux(findings);
  expect(Health::ok, "not in use");
}

TEST(Doctor, more_memory_than_there_is_is_a_fault_and_a_container_counts) {
  folder.write("dev/shm/x", "");
  folder.write("proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable:    4000000 kB\n");
  Machine(folder.path()).shared_memory({0, 1 << 20}, findings);
  expect(Health::ok, "may take 1 MB");
  folder.write("sys/fs/cgroup/memory.max", "104857600\n");
  folder.write("sys/fs/cgroup/memory.current", "94371840\n");
  Machine(folder.path()).shared_memory({0, 20 << 20}, findings);
  expect(Health::fault, "may take 20 MB");
}

TEST(Doctor, a_missing_shared_memory_folder_is_a_fault) {
  Machine(folder.path()).shared_memory({}, findings);
  expect(Health::fault, "/dev/shm is not there");
}

TEST(Doctor, descriptors_are_measured_by_what_the_configuration_wants) {
  Machine(folder.path()).descriptors(4096, {20000, 0}, findings);
  expect(Health::warning, "maxConnections=20000 wants 25256");
  Machine(folder.path()).descriptors(65536, {1000, 0}, findings);
  expect(Health::ok, "maxConnections=1000 wants 1506");
}

TEST(Doctor, a_good_certificate_is_told_with_its_days_and_names) {
  const time_t now = time(nullptr);
  const auto inventory = one_certificate(now, 90, false);
  look_at_certificates(inventory, now, findings);
  expect(Health::ok, "valid for 90 days, for a.test");
}

TEST(Doctor, certificates_that_expire_soon_or_have_expired_are_told) {
  const time_t now = time(nullptr);
  const auto inventory = one_certificate(now, 10, false);
  look_at_certificates(inventory, now, findings);
  expect(Health::warning, "expires in 10 days");
  look_at_certificates(inventory, now + 11 * 86400, findings);
  expect(Health::fault, "has expired 1 days ago");
}

TEST(Doctor, a_key_of_another_certificate_is_a_fault) {
  const time_t now = time(nullptr);
  look_at_certificates(one_certificate(now, 90, true), now, findings);
  expect(Health::fault, "is not the key of this certificate");
}

TEST(Doctor, secrets_that_others_can_read_or_change_are_faults) {
  const auto inventory = one_certificate(time(nullptr), 90, false);
  const std::string key = folder.file("a.key");
  chmod(key.c_str(), 0600);
  look_at_files(inventory, 0, findings);
  expect(Health::ok, "read by its owner alone");
  chmod(key.c_str(), 0604);
  look_at_files(inventory, 0, findings);
  expect(Health::fault, "can be read by everybody");
  chmod(key.c_str(), 0620);
  look_at_files(inventory, 0, findings);
  expect(Health::fault, "can be changed by others");
}

TEST(Doctor, a_database_that_is_none_is_a_fault) {
  inventory::Inventory inventory;
  inventory.files.push_back({inventory::OtherFile::Kind::database, folder.file("routing.db"), "Routing edge database"});
  look_at_files(inventory, 0, findings);
  expect(Health::fault, "Routing edge database");
}

TEST(Doctor, addresses_of_other_machines_cannot_be_listened_on) {
  inventory::Inventory inventory;
  inventory.listeners.push_back({"192.0.2.1", 8443, "Connector a"});
  look_at_ports(inventory, false, findings);
  expect(Health::fault, "no address of this machine");
}

TEST(Doctor, the_interface_number_of_httpd_is_read_out_of_what_it_says) {
  LONGS_EQUAL(20120211, *doctor::interface_of_httpd("Server's Module Magic Number: 20120211:142\n"));
  CHECK(!doctor::interface_of_httpd("no httpd"));
}

TEST(Doctor, a_file_that_is_no_module_has_no_interface) {
  CHECK(!doctor::interface_of_module(folder.write("x.so", "\177ELF and nothing more"), "navajo_module"));
  CHECK(!doctor::interface_of_module(folder.file("none"), "navajo_module"));
}

TEST(Doctor, findings_are_lines_and_json) {
  findings.ok("a", "good");
  findings.fault("b", "bad \"x\"", "mend it");
  STRCMP_CONTAINS("ok       a            good\n", findings_text(findings).c_str());
  STRCMP_CONTAINS("-> mend it\n2 looked at, 0 warnings, 1 fault\n", findings_text(findings).c_str());
  STRCMP_CONTAINS(R"({"health":"fault","area":"b","text":"bad \"x\"","advice":"mend it"})",
                  findings_json(findings).c_str());
}
