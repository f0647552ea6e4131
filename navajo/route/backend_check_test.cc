#include "navajo/route/backend_check.h"

#include "navajo/config/temporary_folder.h"
#include "navajo/route/check_fixture.h"
#include "navajo/tls/made_certificates.h"
#include "navajo/tls/tls_backend.h"

#include "CppUTest/TestHarness.h"

namespace navajo::route {
namespace {

using namespace std::chrono_literals;
using reactor::Deadline;
using What = CheckOutcome::What;

struct CheckTest : Utest {
  CheckOptions plan;

  void setup() override { plan.kind = CheckKind::http; }
  // Empty: good.
  std::string why(const BackendRow& row, tls::ClientContext* tls = nullptr, Deadline deadline = Deadline::after(10s)) {
    const CheckOutcome out = check_backend(row, plan, tls, deadline);
    CHECK_TRUE(out.what != What::given_up);
    CHECK_EQUAL(out.what == What::good, out.why.empty());
    return out.why;
  }
  std::string answered(const std::string& answer) {
    AnsweringBackend backend(answer);
    return why(checked_row("a", backend.port()));
  }
  void asks_for(const std::string& part, BackendRow row) {
    AnsweringBackend backend("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    row.port = backend.port();
    STRCMP_EQUAL("", why(row).c_str());
    STRCMP_CONTAINS(part.c_str(), backend.heard().c_str());
  }
};

TEST_GROUP_BASE(BackendCheck, CheckTest){};

TEST(BackendCheck, tcp_wants_a_connection_and_no_more) {
  plan.kind = CheckKind::tcp;
  const Listener listener;
  STRCMP_EQUAL("", why(checked_row("a", listener.port())).c_str());
}

TEST(BackendCheck, a_port_nobody_listens_at_is_bad) {
  plan.kind = CheckKind::tcp;
  uint16_t port = 0;
  {
    const Listener gone;
    port = gone.port();
  }
  STRCMP_EQUAL("no connection: Connection refused", why(checked_row("a", port)).c_str());
}

TEST(BackendCheck, a_listener_that_never_answers_is_bad_at_the_deadline) {
  const Listener silent;
  STRCMP_EQUAL("no answer: timed out", why(checked_row("a", silent.port()), nullptr, Deadline::after(30ms)).c_str());
}

TEST(BackendCheck, a_row_whose_name_has_no_address_is_bad) {
  BackendRow row = checked_row("a", 80);
  row.host = "nowhere.test";
  STRCMP_EQUAL("its name has no address", why(row).c_str());
}

TEST(BackendCheck, http_asks_for_the_path_with_the_backends_address_as_host) {
  plan.path = "/health?x=1";
  asks_for("GET /health?x=1 HTTP/1.1\r\nHost: 127.0.0.1:", checked_row("a", 0));
  asks_for("\r\nConnection: close\r\n", checked_row("a", 0));
  plan.host = "app.example.test";
  asks_for("\r\nHost: app.example.test\r\n", checked_row("a", 0));
}

TEST(BackendCheck, statuses_are_good_within_one_of_the_ranges) {
  STRCMP_EQUAL("", answered("HTTP/1.1 204 No Content\r\n\r\n").c_str());
  STRCMP_EQUAL("it answers with status 503", answered("HTTP/1.1 503 No\r\n\r\n").c_str());
  plan.statuses = {{200, 200}, {401, 403}};
  STRCMP_EQUAL("", answered("HTTP/1.1 403 No\r\n\r\n").c_str());
  STRCMP_EQUAL("it answers with status 404", answered("HTTP/1.1 404 No\r\n\r\n").c_str());
}

TEST(BackendCheck, interim_answers_are_passed_over) {
  STRCMP_EQUAL("", answered("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n").c_str());
  std::string only_interim;
  for (int i = 0; i < 12; i++) only_interim += "HTTP/1.1 103 Early\r\n\r\n";
  STRCMP_EQUAL("it never comes to a final answer", answered(only_interim).c_str());
}

TEST(BackendCheck, what_is_no_http_is_bad) {
  STRCMP_CONTAINS("its answer is not understood", answered("220 mail.example.test\r\n\r\n").c_str());
  STRCMP_EQUAL("no answer: closed by the peer", answered("HTTP/1.1 200").c_str());
  STRCMP_CONTAINS("its answer is not understood",
                  answered("HTTP/1.1 200 OK\r\nX: " + std::string(17000, 'x') + "\r\n\r\n").c_str());
}

TEST(BackendCheck, a_text_has_to_be_in_the_body) {
  plan.body = "all is well";
  STRCMP_EQUAL("", answered("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n(all is well)").c_str());
  STRCMP_EQUAL("", answered("HTTP/1.1 200 OK\r\n\r\nuntil the end all is well").c_str());
  const char* const missing = "its answer has not the text it has to have";
  STRCMP_EQUAL(missing, answered("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine").c_str());
  STRCMP_EQUAL(missing, answered("HTTP/1.1 200 OK\r\nX: all is well\r\n\r\nno").c_str());
  STRCMP_EQUAL(missing, answered("HTTP/1.1 204 No Content\r\n\r\nall is well").c_str());
  // What is behind the declared length is not of the body.
  STRCMP_EQUAL(missing, answered("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nnoall is well").c_str());
  STRCMP_EQUAL("its answer did not come to an end: closed by the peer",
               answered("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nfine").c_str());
}

TEST(BackendCheck, a_text_may_be_cut_by_chunks) {
  plan.body = "all is well";
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  STRCMP_EQUAL("", answered(head + "6\r\nall is\r\n5\r\n well\r\n0\r\n\r\n").c_str());
  STRCMP_CONTAINS("its answer is not understood", answered(head + "zz\r\nall is well\r\n0\r\n\r\n").c_str());
}

TEST(BackendCheck, no_more_than_the_first_sixteen_kilobytes_are_looked_at) {
  plan.body = "ok";
  const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
  STRCMP_EQUAL("", answered(head + std::string(CheckOptions::kLookedAt - 2, 'x') + "ok").c_str());
  STRCMP_EQUAL("its answer has not the text it has to have",
               answered(head + std::string(CheckOptions::kLookedAt - 1, 'x') + "ok").c_str());
}

TEST(BackendCheck, a_proxy_protocol_header_names_no_client) {
  BackendRow row = checked_row("a", 0);
  row.send_proxy = SendProxy::v1;
  asks_for("PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n", row);
  row.send_proxy = SendProxy::v2;
  AnsweringBackend backend("HTTP/1.1 200 OK\r\n\r\n");
  row.port = backend.port();
  STRCMP_EQUAL("", why(row).c_str());
  const std::string wanted("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0GET / ", 22);
  CHECK_TRUE(backend.heard().starts_with(wanted));
}

TEST(BackendCheck, it_comes_from_the_rows_source_address_and_interface) {
  plan.kind = CheckKind::tcp;
  const Listener listener;
  BackendRow row = checked_row("a", listener.port());
  row.source_address = "127.0.0.9";
  STRCMP_EQUAL("", why(row).c_str());
  sockaddr_in peer{};
  socklen_t length = sizeof peer;
  const int fd = accept4(listener.fd(), reinterpret_cast<sockaddr*>(&peer), &length, SOCK_CLOEXEC);
  close(fd);
  UNSIGNED_LONGS_EQUAL(0x7f000009, ntohl(peer.sin_addr.s_addr));
  row.bind_device = "nonesuch0";
  STRCMP_CONTAINS("no connection: ", why(row).c_str());
}

TEST(BackendCheck, columns_are_split_at_their_statuses) {
  const auto split = [](const char* column) {
    const CheckColumn out = split_check(column);
    return std::to_string(static_cast<int>(out.kind)) + " " + std::string(out.path) + " " + std::string(out.statuses);
  };
  STRCMP_EQUAL("0  ", split("off").c_str());
  STRCMP_EQUAL("1  ", split("tcp").c_str());
  STRCMP_EQUAL("2  ", split("tls").c_str());
  STRCMP_EQUAL("3 /a ", split("http:/a").c_str());
  STRCMP_EQUAL("3 /a 200-204", split("http:/a=200-204").c_str());
  STRCMP_EQUAL("3 /a?b=1 204", split("http:/a?b=1=204").c_str());
  STRCMP_EQUAL("3 /a?b=c ", split("http:/a?b=c").c_str());
  STRCMP_EQUAL("3 /a?b= ", split("http:/a?b=").c_str());
}

TEST(BackendCheck, ranges_are_statuses_in_their_order) {
  CHECK_TRUE(parse_status_range("204") == (StatusRange{204, 204}));
  CHECK_TRUE(parse_status_range("200-299") == (StatusRange{200, 299}));
  for (const char* const wrong : {"", "20", "2000", "600", "299-200", "200-", "-200", "200-2x9"})
    CHECK_FALSE(parse_status_range(wrong).has_value());
}

TEST(BackendCheck, a_rows_check_goes_before_the_routings) {
  plan.path = "/routing";
  plan.body = "x";
  plan.host = "h";
  plan.rise = 7;
  BackendRow row = checked_row("a", 1);
  STRCMP_EQUAL("/routing", check_of(row, plan).path.c_str());
  row.check = "http:/own=204";
  const CheckOptions own = check_of(row, plan);
  STRCMP_EQUAL("/own", own.path.c_str());
  STRCMP_EQUAL("", own.body.c_str());
  STRCMP_EQUAL("h", own.host.c_str());
  LONGS_EQUAL(7, own.rise);
  CHECK_TRUE(own.statuses == (std::vector<StatusRange>{{204, 204}}));
  row.check = "off";
  CHECK_TRUE(check_of(row, plan).kind == CheckKind::off);
}

const tls::MadeCertificate& authority() {
  static const tls::MadeCertificate made = tls::make_certificate({.name = "Test CA", .authority = true});
  return made;
}
// Made before the tests, which look for leaks.
[[maybe_unused]] const auto& made_before = authority();

TEST_GROUP_BASE(BackendCheckTls, CheckTest) {
  config::TemporaryFolder folder;
  std::shared_ptr<tls::ClientContext> context;

  void setup() override {
    CheckTest::setup();
    tls::ClientOptions options;
    options.ca_file = folder.write("ca.pem", authority().certificate_pem());
    options.protocols = *tls::ProtocolList::parse(tls::ProtocolList::kDefault);
    options.alpn.clear();
    options.reuse = tls::SessionReuse::off;
    auto made = tls::ClientContext::make(options);
    CHECK_TRUE(made.ok());
    context = *made;
  }
  static tls::SslContextHandle leaf() {
    return tls::server_context(tls::make_certificate(
        {.name = "app.example.test", .alternative_names = "DNS:app.example.test"}, &authority()));
  }
  BackendRow row(uint16_t port, const char* sni) {
    BackendRow out = checked_row("a", port);
    out.tls = true;
    out.sni = sni;
    return out;
  }
};

TEST(BackendCheckTls, a_certificate_for_the_rows_name_is_good) {
  plan.kind = CheckKind::tls;
  tls::TlsBackend backend(leaf(), [](tls::TlsBackend::Peer&) {});
  STRCMP_EQUAL("", why(row(backend.port(), "app.example.test"), context.get()).c_str());
}

TEST(BackendCheckTls, one_for_another_name_is_bad) {
  plan.kind = CheckKind::tls;
  tls::TlsBackend backend(leaf(), [](tls::TlsBackend::Peer&) {});
  const std::string wrong_name = why(row(backend.port(), "other.example.test"), context.get());
  STRCMP_CONTAINS("is for app.example.test, not for other.example.test", wrong_name.c_str());
  CHECK_FALSE(why(row(backend.port(), ""), context.get()).empty());  // it does not prove its address either
}

TEST(BackendCheckTls, http_goes_over_it_where_the_row_says_tls) {
  tls::TlsBackend backend(leaf(), [](tls::TlsBackend::Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  BackendRow one = row(backend.port(), "app.example.test");
  STRCMP_EQUAL("", why(one, context.get()).c_str());
  STRCMP_EQUAL("this server has no TLS to check it with", why(one, nullptr).c_str());
}

TEST(BackendCheckTls, a_backend_that_speaks_no_tls_is_bad) {
  AnsweringBackend backend("HTTP/1.1 400 Bad\r\n\r\n");
  CHECK_FALSE(why(row(backend.port(), "app.example.test"), context.get(), Deadline::after(50ms)).empty());
}

}  // namespace
}  // namespace navajo::route
