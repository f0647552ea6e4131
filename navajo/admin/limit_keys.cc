#include "navajo/admin/limit_keys.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include "navajo/config/pattern.h"
#include "navajo/limits/limits.h"

namespace navajo::admin {
namespace {

using limits::Key;
using limits::KeyBuilder;
using rules::KeyPart;

constexpr std::string_view kMissing = "-";

std::string described(std::span<const KeyPart> parts) {
  std::string out;
  for (const KeyPart& part : parts) {
    out += (out.empty() ? "" : " + ") + std::string(rules::row_of(part.field).word);
    if (!part.name.empty()) out += "(" + part.name + ")";
  }
  return out.empty() ? "nothing: all requests are counted together" : out;
}

// One text for each part; none: it does not fit.
std::optional<std::vector<std::string_view>> split(std::string_view text, size_t parts) {
  if (parts == 1) return std::vector{text};
  std::vector<std::string_view> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (out.size() != parts) return std::nullopt;
  return out;
}

std::optional<Key> key_for(const rules::ProgramRule& rule, const limits::KeySecret& secret,
                           std::span<const KeyPart> parts, const char* purpose, std::string_view text) {
  const auto texts = split(text, parts.size());
  if (!texts) return std::nullopt;
  KeyBuilder key(secret);
  key.part(rule.id).part(purpose);
  for (size_t i = 0; i < parts.size(); i++) {
    const std::string_view value = (*texts)[i];
    const rules::FieldRow& row = rules::row_of(parts[i].field);
    int64_t number = 0;
    if (value == kMissing) {
      key.missing();
    } else if (row.shape == rules::Shape::single && row.kind == rules::FieldKind::number) {
      const char* const end = value.data() + value.size();
      if (const auto [at, error] = std::from_chars(value.data(), end, number); error != std::errc() || at != end)
        return std::nullopt;
      key.part({reinterpret_cast<const char*>(&number), sizeof number});
    } else {
      key.part(value);
    }
  }
  return key.finish();
}

// addressLimit counts the client beside the key.
std::optional<Key> guard_for(const rules::ProgramRule& rule, const limits::KeySecret& secret, const rules::Rate& rate,
                             std::string_view text) {
  const auto texts = split(text, rate.key.size());
  if (!rate.address_limit || !texts) return std::nullopt;
  for (size_t i = 0; i < rate.key.size(); i++) {
    if (rate.key[i].field != rules::Field::client) continue;
    const auto address = config::address_bytes((*texts)[i]);
    if (!address) return std::nullopt;
    const auto client = limits::client_of(*address, rate.ipv6_prefix);
    KeyBuilder key(secret);
    return key.part(rule.id)
        .part("address")
        .part({reinterpret_cast<const char*>(client.data()), client.size()})
        .finish();
  }
  return std::nullopt;
}

}  // namespace

base::Result<std::vector<Key>> limit_keys(const rules::ProgramRule& rule, const limits::KeySecret& secret,
                                          std::string_view text) {
  std::vector<Key> keys;
  std::string made_of;
  const auto take = [&](const std::vector<KeyPart>& parts, const char* purpose) {
    made_of += (made_of.empty() ? "" : "; ") + std::string(purpose) + " " + described(parts);
    if (const auto key = parts.empty() ? std::nullopt : key_for(rule, secret, parts, purpose, text))
      keys.push_back(*key);
  };
  for (const auto* actions : {&rule.then, &rule.otherwise})
    for (const rules::Action& action : *actions) {
      if (const auto* rate = std::get_if<rules::Rate>(&action)) {
        take(rate->key, "rate");
        if (const auto guard = guard_for(rule, secret, *rate, text)) keys.push_back(*guard);
      } else if (const auto* credit = std::get_if<rules::Credit>(&action)) {
        take(credit->key, "credit");
      }
    }
  if (!keys.empty()) return keys;
  return base::Failed{base::Error{made_of.empty() ? "this rule has no rate and no credit"
                                                  : "a key of this rule is made of: " + made_of}};
}

}  // namespace navajo::admin
