#include "navajo/tls/client_hello.h"

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "navajo/tls/handles.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::tls;

namespace {

std::string number(size_t value, int width) {
  std::string text;
  while (width-- > 0) text += static_cast<char>(value >> (8 * width));
  return text;
}
std::string vector(const std::string& content, int width) { return number(content.size(), width) + content; }
std::string extension(size_t type, const std::string& content) { return number(type, 2) + vector(content, 2); }
std::string name(const std::string& host) { return extension(0, vector(number(0, 1) + vector(host, 2), 2)); }
std::string record(const std::string& content) { return "\x16\x03\x01" + vector(content, 2); }

// A hello as the tests want it.
struct Made {
  size_t version = 0x0303;
  std::string session_id, suites = number(0x1301, 2) + number(0xc02b, 2) + number(0xc02f, 2);
  std::string compressions = std::string(1, '\0'), extensions;

  std::string message() const {
    const std::string body = number(version, 2) + std::string(32, 'r') + vector(session_id, 1) + vector(suites, 2) +
                             vector(compressions, 1) + (extensions.empty() ? "" : vector(extensions, 2));
    return number(1, 1) + vector(body, 3);
  }
  std::string bytes() const { return record(message()); }
};

HelloState state_of(std::string_view bytes) {
  ClientHello hello;
  return read_client_hello(bytes, hello);
}
ClientHello read(const Made& made) {
  ClientHello hello;
  CHECK(read_client_hello(made.bytes(), hello) == HelloState::complete);
  return hello;
}
HelloState with_extensions(const std::string& extensions) {
  Made made;
  made.extensions = extensions;
  return state_of(made.bytes());
}

// What OpenSSL really sends.
std::string of_openssl(const std::function<void(SSL*)>& set_up) {
  const SslContextHandle context(SSL_CTX_new(TLS_client_method()));
  const SslHandle ssl(SSL_new(context.get()));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl.get());
  set_up(ssl.get());
  SSL_do_handshake(ssl.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &data);
  return std::string(data, static_cast<size_t>(size));
}
void name_and_alpn(SSL* ssl) {
  static const unsigned char protocols[] = "\x02h2\x08http/1.1";
  SSL_set_tlsext_host_name(ssl, "WWW.Example.COM");
  SSL_set_alpn_protos(ssl, protocols, sizeof protocols - 1);
}
void only_tls12(SSL* ssl) {
  name_and_alpn(ssl);
  SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
}

// The same message, cut into records at one place.
std::string cut_in_two(const std::string& message, size_t at) {
  return record(message.substr(0, at)) + record(message.substr(at));
}

}  // namespace

TEST_GROUP(ClientHello){};

TEST(ClientHello, of_a_tls13_client_tells_its_name_protocols_and_abilities) {
  ClientHello hello;
  CHECK(read_client_hello(of_openssl(name_and_alpn), hello) == HelloState::complete);
  STRCMP_EQUAL("www.example.com", hello.server_name.c_str());
  CHECK_EQUAL(2u, hello.alpn.size());
  STRCMP_EQUAL("h2", hello.alpn[0].c_str());
  STRCMP_EQUAL("http/1.1", hello.alpn[1].c_str());
  CHECK_EQUAL(0x0304, hello.version);
  CHECK(hello.tls13 && hello.ecdsa);
  CHECK_FALSE(hello.resumes || hello.early_data || hello.encrypted);
}

TEST(ClientHello, of_a_tls12_client_depends_on_suite_group_and_signature) {
  ClientHello hello;
  CHECK(read_client_hello(of_openssl(only_tls12), hello) == HelloState::complete);
  CHECK_EQUAL(0x0303, hello.version);
  CHECK_FALSE(hello.tls13);
  CHECK(hello.ecdsa);
  const auto takes_ecdsa = [](const std::function<void(SSL*)>& change) {
    ClientHello other;
    CHECK(read_client_hello(of_openssl([&](SSL* ssl) {
            only_tls12(ssl);
            change(ssl);
          }),
                            other) == HelloState::complete);
    return other.ecdsa;
  };
  CHECK(takes_ecdsa([](SSL*) {}));
  CHECK_FALSE(takes_ecdsa([](SSL* ssl) { SSL_set_cipher_list(ssl, "ECDHE-RSA-AES128-GCM-SHA256"); }));
  CHECK_FALSE(takes_ecdsa([](SSL* ssl) { SSL_set1_groups_list(ssl, "P-384"); }));
  CHECK_FALSE(takes_ecdsa([](SSL* ssl) { SSL_set1_sigalgs_list(ssl, "RSA+SHA256"); }));
}

TEST(ClientHello, every_prefix_is_incomplete) {
  for (const auto& set_up : {name_and_alpn, only_tls12}) {
    const std::string bytes = of_openssl(set_up);
    for (size_t length = 0; length < bytes.size(); length++)
      CHECK(state_of(std::string_view(bytes).substr(0, length)) == HelloState::incomplete);
    CHECK(state_of(bytes) == HelloState::complete);
    CHECK(state_of(bytes + "what comes later") == HelloState::complete);
  }
}

TEST(ClientHello, may_be_cut_into_records_anywhere) {
  const std::string bytes = of_openssl(name_and_alpn);
  const std::string message = bytes.substr(5);
  for (size_t at = 1; at < message.size(); at++) {
    const std::string cut = cut_in_two(message, at);
    ClientHello hello;
    CHECK(read_client_hello(cut, hello) == HelloState::complete);
    STRCMP_EQUAL("www.example.com", hello.server_name.c_str());
    CHECK(state_of(std::string_view(cut).substr(0, cut.size() - 1)) == HelloState::incomplete);
    CHECK(state_of(std::string_view(cut).substr(0, at + 5)) == HelloState::incomplete);
    CHECK(state_of(std::string_view(cut).substr(0, at + 7)) == HelloState::incomplete);
  }
  std::string crumbs;
  for (const char byte : message) crumbs += record(std::string(1, byte));
  CHECK(state_of(crumbs) == HelloState::complete);
}

TEST(ClientHello, any_single_byte_may_be_wrong) {
  for (const auto& set_up : {name_and_alpn, only_tls12}) {
    const std::string bytes = of_openssl(set_up);
    for (size_t at = 0; at < bytes.size(); at++) {
      for (const int change : {1, -1, 0x80, 0x7f}) {
        std::string wrong = bytes;
        wrong[at] = static_cast<char>(wrong[at] + change);
        // In exactly as many bytes as there are, so that a sanitizer sees the end.
        const std::string copy(wrong.data(), wrong.size());
        ClientHello hello;
        if (read_client_hello(copy, hello) != HelloState::complete) CHECK_TRUE(hello.server_name.empty());
      }
    }
  }
}

TEST(ClientHello, with_a_length_off_by_one_is_never_complete) {
  Made made;
  made.extensions = name("a.example") + extension(16, vector(vector("h2", 1), 2));
  const std::string good = made.bytes();
  CHECK(state_of(good) == HelloState::complete);
  // Lengths of: record, message, session id, suites, compressions, extensions, name extension, its list, the name,
  // ALPN extension, its list, the protocol. (The low byte of each.)
  const size_t name_at = good.find("a.example"), alpn_at = good.find("h2");
  const size_t body = 5 + 4 + 2 + 32;
  for (const size_t at : {size_t{4}, size_t{8}, body, body + 2, body + 2 + 1 + 6, body + 2 + 1 + 6 + 1 + 2, name_at - 6,
                          name_at - 4, name_at - 1, alpn_at - 4, alpn_at - 2, alpn_at - 1}) {
    for (const int change : {1, -1}) {
      std::string wrong = good;
      wrong[at] = static_cast<char>(wrong[at] + change);
      CHECK(state_of(wrong) != HelloState::complete);
      CHECK(state_of(wrong) != HelloState::not_tls);
    }
  }
}

TEST(ClientHello, what_is_no_tls_is_known_by_its_first_bytes) {
  for (const char* text : {"GET / HTTP/1.1\r\n", "SSH-2.0-OpenSSH\r\n", "\x80\x2e\x01\x03\x01", "\x15\x03\x03",
                           "\x17\x03", "\x16\x02", "\x16G"})
    CHECK(state_of(text) == HelloState::not_tls);
  CHECK(state_of("") == HelloState::incomplete);
  CHECK(state_of("\x16") == HelloState::incomplete);
  CHECK(state_of("\x16\x03") == HelloState::incomplete);
}

TEST(ClientHello, of_another_message_is_malformed) {
  CHECK(state_of(record("\x02")) == HelloState::malformed);
  CHECK(state_of(record(std::string(1, '\0'))) == HelloState::malformed);
  CHECK(state_of(record("")) == HelloState::malformed);
  const std::string message = Made().message();
  CHECK(state_of(record(message + "x")) == HelloState::malformed);
  // Another kind of record, or none, before the message is whole.
  CHECK(state_of(record(message.substr(0, 10)) + "\x17\x03\x03") == HelloState::malformed);
  CHECK(state_of(record(message.substr(0, 10)) + "\x16\x02") == HelloState::malformed);
  CHECK(state_of(record(message.substr(0, 10)) + record("") + record(message.substr(10))) == HelloState::malformed);
  CHECK(state_of(record(number(1, 1) + number(0, 3))) == HelloState::malformed);
}

TEST(ClientHello, is_read_up_to_its_limit_and_no_further) {
  Made made;
  const size_t rest = 4 + 2 + 32 + 1 + 2 + made.suites.size() + 2 + 2 + 4;
  made.extensions = extension(21, std::string(kMaxHello - rest, '\0'));
  CHECK_EQUAL(kMaxHello, made.message().size());
  CHECK(state_of(made.bytes()) == HelloState::complete);
  made.extensions = extension(21, std::string(kMaxHello - rest + 1, '\0'));
  CHECK(state_of(cut_in_two(made.message(), 100)) == HelloState::malformed);
  CHECK(state_of(record(number(1, 1) + number(kMaxHello, 3)).substr(0, 9)) == HelloState::malformed);
  // The same hello in records of one byte would take six times as many bytes.
  made.extensions = extension(21, std::string(8000, '\0'));
  std::string crumbs;
  for (const char byte : made.message()) crumbs += record(std::string(1, byte));
  CHECK(state_of(std::string_view(crumbs).substr(0, kMaxHelloInput - 1)) == HelloState::incomplete);
  CHECK(state_of(std::string_view(crumbs).substr(0, kMaxHelloInput)) == HelloState::malformed);
  CHECK(state_of(crumbs) == HelloState::malformed);
  CHECK(state_of("\x16\x03\x01\x40\x01\x01") == HelloState::malformed);
}

TEST(ClientHello, takes_host_names_and_no_others) {
  const auto server_name = [](const std::string& text) {
    Made made;
    made.extensions = name(text);
    return read(made).server_name;
  };
  STRCMP_EQUAL("a-b_c.example", server_name("A-b_C.Example").c_str());
  STRCMP_EQUAL("example.com", server_name("example.com.").c_str());
  STRCMP_EQUAL("xn--bcher-kva.example", server_name("xn--bcher-kva.example").c_str());
  STRCMP_EQUAL("localhost", server_name("localhost").c_str());
  for (const char* address : {"192.0.2.1", "2001:db8::1", "[2001:db8::1]"})
    STRCMP_EQUAL("", server_name(address).c_str());
  for (const std::string& bad :
       {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("a.b.."),
        std::string("a b"), std::string("a/b"),
        std::string("b\xc3\xbc" "cher.example"), std::string("a\0.example", 10), std::string("*.a"),
        std::string("a:443"), std::string("user@a"), std::string(64, 'a'), std::string("a\r\nb"),
        std::string(63, 'a') + "." + std::string(63, 'a') + "." + std::string(63, 'a') + "." + std::string(62, 'a')})
    CHECK(with_extensions(name(bad)) == HelloState::malformed);
}

TEST(ClientHello, with_two_host_names_is_malformed_and_with_other_kinds_of_names_is_not) {
  const std::string host = number(0, 1) + vector("a.example", 2), other = number(7, 1) + vector("\x01\xff", 2);
  Made made;
  made.extensions = extension(0, vector(other + host, 2));
  STRCMP_EQUAL("a.example", read(made).server_name.c_str());
  made.extensions = extension(0, vector(other, 2));
  STRCMP_EQUAL("", read(made).server_name.c_str());
  CHECK(with_extensions(extension(0, vector(host + host, 2))) == HelloState::malformed);
  CHECK(with_extensions(name("a.example") + name("a.example")) == HelloState::malformed);
  CHECK(with_extensions(extension(0, "")) == HelloState::malformed);
  CHECK(with_extensions(extension(0, vector("", 2))) == HelloState::malformed);
}

TEST(ClientHello, grease_and_encrypted_client_hello_are_tolerated) {
  Made made;
  made.suites = number(0x0a0a, 2) + made.suites;
  made.extensions = extension(0x1a1a, "") + name("outer.example") +
                    extension(43, vector(number(0xfafa, 2) + number(0x0304, 2), 1)) +
                    extension(10, vector(number(0x2a2a, 2) + number(29, 2), 2)) +
                    extension(13, vector(number(0x0403, 2), 2)) +
                    extension(16, vector(vector("\x3a\x3a", 1) + vector("h2", 1), 2)) +
                    extension(0xfe0d, std::string(200, 'e')) + extension(0xfafa, std::string(1, '\0'));
  const ClientHello hello = read(made);
  STRCMP_EQUAL("outer.example", hello.server_name.c_str());
  CHECK_EQUAL(1u, hello.alpn.size());
  CHECK_EQUAL(0x0304, hello.version);
  CHECK(hello.tls13 && hello.ecdsa && hello.encrypted);
}

TEST(ClientHello, tells_who_has_something_to_resume) {
  Made made;
  CHECK_FALSE(read(made).resumes);
  made.session_id = std::string(32, 's');
  CHECK_TRUE(read(made).resumes);
  made.extensions = extension(43, vector(number(0x0304, 2), 1));
  CHECK_FALSE(read(made).resumes);
  made.extensions += extension(42, "") + extension(41, "psk");
  CHECK(read(made).resumes && read(made).early_data);
  made.session_id.clear();
  made.extensions = extension(35, "");
  CHECK_FALSE(read(made).resumes);
  made.extensions = extension(35, "ticket");
  CHECK_TRUE(read(made).resumes);
  CHECK(with_extensions(extension(41, "psk") + extension(35, "")) == HelloState::malformed);
  CHECK(with_extensions(extension(42, "x")) == HelloState::malformed);
}

TEST(ClientHello, without_extensions_is_one_of_an_old_client) {
  Made made;
  made.version = 0x0301;
  const ClientHello hello = read(made);
  CHECK_EQUAL(0x0301, hello.version);
  CHECK_FALSE(hello.tls13 || hello.ecdsa || hello.encrypted);
  CHECK_TRUE(hello.server_name.empty());
  // Only the list can offer TLS 1.3.
  made.version = 0x0305;
  CHECK_EQUAL(0x0303, read(made).version);
}

TEST(ClientHello, with_senseless_fields_is_malformed) {
  const auto refused = [](const std::function<void(Made&)>& change) {
    Made made;
    change(made);
    return state_of(made.bytes()) == HelloState::malformed;
  };
  CHECK(refused([](Made& made) { made.version = 0x0200; }));
  CHECK(refused([](Made& made) { made.session_id = std::string(33, 's'); }));
  CHECK(refused([](Made& made) { made.suites.clear(); }));
  CHECK(refused([](Made& made) { made.suites += 'x'; }));
  CHECK(refused([](Made& made) { made.compressions.clear(); }));
  CHECK(refused([](Made& made) { made.compressions = "\x01"; }));
  CHECK(refused([](Made& made) { made.extensions = extension(16, vector("", 2)); }));
  CHECK(refused([](Made& made) { made.extensions = extension(16, vector(vector("", 1), 2)); }));
  CHECK(refused([](Made& made) { made.extensions = extension(16, vector(vector("h2", 1), 2) + "x"); }));
  CHECK(refused([](Made& made) { made.extensions = extension(43, vector("", 1)); }));
  CHECK(refused([](Made& made) { made.extensions = extension(43, vector("\x03", 1)); }));
  CHECK(refused([](Made& made) { made.extensions = extension(13, vector("", 2)); }));
  CHECK(refused([](Made& made) { made.extensions = extension(10, number(4, 2) + number(23, 2)); }));
  CHECK(refused([](Made& made) {
    for (size_t i = 0; i < 129; i++) made.extensions += extension(1000 + i, "");
  }));
  CHECK(refused([](Made& made) {
    std::string many;
    for (int i = 0; i < 65; i++) many += vector("h2", 1);
    made.extensions = extension(16, vector(many, 2));
  }));
}
