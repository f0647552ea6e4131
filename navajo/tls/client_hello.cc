#include "navajo/tls/client_hello.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

namespace navajo::tls {
namespace {

constexpr uint8_t kHandshakeRecord = 22, kClientHelloMessage = 1;
constexpr size_t kRecordHeader = 5, kMessageHeader = 4;
constexpr size_t kMaxFragment = 16384;  // RFC 8446 5.1
// Real clients send some twenty extensions and a handful of protocols.
constexpr size_t kMaxExtensions = 128, kMaxProtocols = 64;

enum Extension : uint16_t {
  kServerName = 0,
  kSupportedGroups = 10,
  kSignatureAlgorithms = 13,
  kAlpn = 16,
  kSessionTicket = 35,
  kPreSharedKey = 41,
  kEarlyData = 42,
  kSupportedVersions = 43,
  kEncryptedClientHello = 0xfe0d,
};
constexpr uint16_t kTls13 = 0x0304, kTls12 = 0x0303, kSecp256r1 = 23, kEcdsaSecp256r1Sha256 = 0x0403;

// 0x0a0a, 0x1a1a ... 0xfafa: there to keep servers from refusing what they do not know.
bool is_grease(uint16_t value) { return (value & 0x0f0f) == 0x0a0a && (value >> 8) == (value & 0xff); }

// Takes numbers and vectors off the front. Past a mistake everything it yields is empty, and failed() stays true.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : left_(bytes) {}

  size_t number(int width) {
    const std::string_view taken = take(width);
    size_t value = 0;
    for (const char byte : taken) value = value << 8 | static_cast<uint8_t>(byte);
    return value;
  }
  std::string_view take(size_t bytes) {
    if (bytes > left_.size()) {
      failed_ = true;
      left_ = {};
      return {};
    }
    const std::string_view taken = left_.substr(0, bytes);
    left_.remove_prefix(bytes);
    return taken;
  }
  // A vector of the presentation language: its length in `width` bytes, then as much.
  std::string_view vector(int width) { return take(number(width)); }

  bool empty() const { return left_.empty(); }
  bool failed() const { return failed_; }
  bool all_read() const { return !failed_ && left_.empty(); }

 private:
  std::string_view left_;
  bool failed_ = false;
};

// A list of 16-bit numbers, at least one, that fills the whole.
template <class Visit>
bool visit_numbers(std::string_view list, Visit visit) {
  if (list.empty() || list.size() % 2 != 0) return false;
  Bytes numbers(list);
  while (!numbers.empty()) visit(static_cast<uint16_t>(numbers.number(2)));
  return true;
}
// An extension that consists of such a list.
template <class Visit>
bool visit_listed_numbers(std::string_view extension, int width, Visit visit) {
  Bytes bytes(extension);
  const std::string_view list = bytes.vector(width);
  return bytes.all_read() && visit_numbers(list, visit);
}

bool is_address(const std::string& name) {
  in6_addr room;
  const bool in_brackets = name.size() > 2 && name.front() == '[' && name.back() == ']';
  const std::string inner = in_brackets ? name.substr(1, name.size() - 2) : name;
  return inet_pton(AF_INET, name.c_str(), &room) == 1 || inet_pton(AF_INET6, inner.c_str(), &room) == 1;
}

// Letters, digits, hyphens, and the underscores that exist whatever RFC 1123 says.
bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  size_t label = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!good || ++label > 63) return false;
  }
  return label > 0;
}

bool read_server_name(std::string_view extension, std::string& name) {
  Bytes bytes(extension);
  Bytes list(bytes.vector(2));
  if (!bytes.all_read() || list.empty()) return false;
  bool seen = false;
  while (!list.empty()) {
    const bool host_name = list.number(1) == 0;
    const std::string_view value = list.vector(2);  // other types begin with their length as well (RFC 6066 3)
    if (list.failed()) return false;
    if (!host_name) continue;
    if (seen || value.empty() || value.find('\0') != std::string_view::npos) return false;
    seen = true;
    name = value;
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    if (name.ends_with('.')) name.pop_back();
    // No name, but clients that were told an address do send it.
    if (is_address(name))
      name.clear();
    else if (!is_host_name(name))
      return false;
  }
  return true;
}

bool read_alpn(std::string_view extension, std::vector<std::string>& protocols) {
  Bytes bytes(extension);
  Bytes list(bytes.vector(2));
  if (!bytes.all_read() || list.empty()) return false;
  while (!list.empty()) {
    const std::string_view protocol = list.vector(1);
    if (protocol.empty() || protocols.size() == kMaxProtocols) return false;
    if (protocol.size() == 2 && is_grease(static_cast<uint16_t>(Bytes(protocol).number(2)))) continue;
    protocols.emplace_back(protocol);
  }
  return true;
}

// TLS_ECDHE_ECDSA_WITH_...: what a TLS 1.2 client must offer to be shown an ECDSA certificate.
bool is_ecdsa_suite(uint16_t suite) {
  return (suite >= 0xc006 && suite <= 0xc00a) || suite == 0xc023 || suite == 0xc024 || suite == 0xc02b ||
         suite == 0xc02c || (suite >= 0xc0ac && suite <= 0xc0af) || suite == 0xcca9;
}

// The offers that one field alone does not tell.
struct Offers {
  bool ecdsa_suite = false, ecdsa_signature = false, p256 = false;
  bool session_id = false, versions_listed = false;
};

bool read_extension(uint16_t type, std::string_view content, ClientHello& hello, Offers& offers) {
  switch (type) {
    case kServerName:
      return read_server_name(content, hello.server_name);
    case kAlpn:
      return read_alpn(content, hello.alpn);
    case kSupportedGroups:
      return visit_listed_numbers(content, 2, [&](uint16_t group) { offers.p256 |= group == kSecp256r1; });
    case kSignatureAlgorithms:
      // What the certificate itself is signed with (signature_algorithms_cert) is the CA's matter, whichever the leaf.
      return visit_listed_numbers(
          content, 2, [&](uint16_t algorithm) { offers.ecdsa_signature |= algorithm == kEcdsaSecp256r1Sha256; });
    case kSupportedVersions:
      offers.versions_listed = true;
      hello.version = 0;
      return visit_listed_numbers(content, 1, [&](uint16_t version) {
        if (!is_grease(version)) hello.version = std::max(hello.version, version);
        hello.tls13 |= version == kTls13;
      });
    case kSessionTicket:
      hello.resumes |= !content.empty();
      return true;
    case kPreSharedKey:
      hello.resumes = true;
      return true;
    case kEarlyData:
      hello.early_data = true;
      return content.empty();
    case kEncryptedClientHello:
      hello.encrypted = true;
      return true;
    default:
      return true;
  }
}

bool read_extensions(std::string_view extensions, ClientHello& hello, Offers& offers) {
  std::array<uint16_t, kMaxExtensions> seen;
  size_t count = 0;
  for (Bytes bytes(extensions); !bytes.empty();) {
    const auto type = static_cast<uint16_t>(bytes.number(2));
    const std::string_view content = bytes.vector(2);
    if (bytes.failed() || count == kMaxExtensions) return false;
    // Each at most once, and a pre-shared key comes last (RFC 8446 4.2).
    if (std::find(seen.begin(), seen.begin() + count, type) != seen.begin() + count) return false;
    if (type == kPreSharedKey && !bytes.empty()) return false;
    seen[count++] = type;
    if (!read_extension(type, content, hello, offers)) return false;
  }
  return true;
}

bool read_body(std::string_view body, ClientHello& hello) {
  Bytes bytes(body);
  Offers offers;
  hello.version = static_cast<uint16_t>(bytes.number(2));
  bytes.take(32);  // random
  const std::string_view session_id = bytes.vector(1);
  const std::string_view suites = bytes.vector(2);
  const std::string_view compressions = bytes.vector(1);
  if (bytes.failed() || hello.version < 0x0300 || session_id.size() > 32) return false;
  if (!visit_numbers(suites, [&](uint16_t suite) { offers.ecdsa_suite |= is_ecdsa_suite(suite); })) return false;
  if (compressions.find('\0') == std::string_view::npos) return false;
  // Before TLS 1.2 a hello could end here.
  if (!bytes.empty()) {
    const std::string_view extensions = bytes.vector(2);
    if (!bytes.all_read() || !read_extensions(extensions, hello, offers)) return false;
  }
  // A server that does not find itself listed takes the old field, which says at most TLS 1.2.
  if (!offers.versions_listed) hello.version = std::min(hello.version, kTls12);
  // In TLS 1.3 a session id is there to please middleboxes (RFC 8446 D.4).
  if (!hello.tls13) hello.resumes |= !session_id.empty();
  hello.ecdsa = offers.ecdsa_signature && (hello.tls13 || (offers.p256 && offers.ecdsa_suite));
  return true;
}

// Puts the message together out of its records. complete: message holds all of it.
HelloState collect(std::string_view input, std::string& message) {
  size_t wanted = kMessageHeader;
  while (!input.empty()) {
    const bool first = message.empty();
    if (static_cast<uint8_t>(input[0]) != kHandshakeRecord) return first ? HelloState::not_tls : HelloState::malformed;
    if (input.size() > 1 && input[1] != 3) return first ? HelloState::not_tls : HelloState::malformed;
    if (input.size() < kRecordHeader) break;
    const size_t length = Bytes(input.substr(3, 2)).number(2);
    // A fragment without content is forbidden: it could be repeated without end.
    if (length == 0 || length > kMaxFragment) return HelloState::malformed;
    message.append(input.substr(kRecordHeader, length));
    if (message.empty()) break;
    if (static_cast<uint8_t>(message[0]) != kClientHelloMessage) return HelloState::malformed;
    if (message.size() >= kMessageHeader) {
      wanted = kMessageHeader + Bytes(std::string_view(message).substr(1, 3)).number(3);
      if (wanted > kMaxHello) return HelloState::malformed;
    }
    const size_t arrived = std::min(length, input.size() - kRecordHeader);
    // Nothing may follow it in its record: the keys change behind it.
    if (message.size() - arrived + length > wanted && message.size() >= kMessageHeader) return HelloState::malformed;
    if (message.size() == wanted) return HelloState::complete;
    if (arrived < length) break;
    input.remove_prefix(kRecordHeader + length);
  }
  return HelloState::incomplete;
}

}  // namespace

HelloState read_client_hello(std::string_view input, ClientHello& hello) {
  std::string message;
  const HelloState state = collect(input.substr(0, kMaxHelloInput), message);
  if (state == HelloState::incomplete && input.size() >= kMaxHelloInput) return HelloState::malformed;
  if (state != HelloState::complete) return state;
  ClientHello read;
  if (!read_body(std::string_view(message).substr(kMessageHeader), read)) return HelloState::malformed;
  hello = std::move(read);
  return HelloState::complete;
}

}  // namespace navajo::tls
