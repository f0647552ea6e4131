#include "navajo/tls/protocol_list.h"

#include <string>

#include "navajo/config/text.h"

namespace navajo::tls {
namespace {

constexpr uint8_t kAll = 0b1111;
constexpr uint8_t kAncient = 0;

struct Name {
  const char* text;
  uint8_t versions;
};
constexpr Name kNames[] = {{"all", kAll},      {"SSLv2", kAncient},  {"SSLv3", kAncient}, {"TLSv1", 0b0001},
                           {"TLSv1.1", 0b0010}, {"TLSv1.2", 0b0100}, {"TLSv1.3", 0b1000}};

constexpr struct {
  int version;
  uint64_t off;
} kVersions[] = {{TLS1_VERSION, SSL_OP_NO_TLSv1},
                 {TLS1_1_VERSION, SSL_OP_NO_TLSv1_1},
                 {TLS1_2_VERSION, SSL_OP_NO_TLSv1_2},
                 {TLS1_3_VERSION, SSL_OP_NO_TLSv1_3}};

}  // namespace

base::Result<ProtocolList> ProtocolList::parse(std::string_view text) {
  ProtocolList out;
  std::string spaced;
  for (const char c : text) {
    if (c == '+' || c == '-') spaced += ' ';
    spaced += c == ',' ? ' ' : c;
  }
  for (std::string_view word : config::split_words(spaced)) {
    const char sign = word[0] == '+' || word[0] == '-' ? word[0] : ' ';
    if (sign != ' ') word.remove_prefix(1);
    const Name* found = nullptr;
    for (const Name& name : kNames)
      if (config::lower_case(name.text) == config::lower_case(word)) found = &name;
    if (!found)
      return base::Failed{base::Error{"'" + config::printable(word) +
                                      "' is none of all, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"}};
    if (sign == '-') {
      out.versions_ &= static_cast<uint8_t>(~found->versions);
    } else {
      if (found->versions == kAncient)
        return base::Failed{base::Error{std::string(found->text) + " is broken and no part of OpenSSL any more"}};
      out.versions_ = static_cast<uint8_t>(sign == '+' ? out.versions_ | found->versions : found->versions);
    }
  }
  if (out.versions_ == 0) return base::Failed{base::Error{"leaves no version of TLS"}};
  return out;
}

void ProtocolList::apply_to(SSL_CTX* context) const {
  int lowest = 0, highest = 0;
  for (size_t minor = 0; minor < std::size(kVersions); minor++) {
    if (!(versions_ >> minor & 1)) {
      SSL_CTX_set_options(context, kVersions[minor].off);
      continue;
    }
    if (lowest == 0) lowest = kVersions[minor].version;
    highest = kVersions[minor].version;
  }
  // Also above what openssl.cnf says of all programs.
  SSL_CTX_set_min_proto_version(context, lowest);
  SSL_CTX_set_max_proto_version(context, highest);
}

}  // namespace navajo::tls
