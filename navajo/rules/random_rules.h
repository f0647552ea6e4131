// For tests: rule files and requests by chance, of few words, so that many rules hold, nearly hold, or hold by
// something the index could get wrong. The same seed makes the same.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "navajo/rules/fake_facts.h"
#include "navajo/rules/rule_file.h"

namespace navajo::rules {

class RandomRules {
 public:
  explicit RandomRules(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}

  uint32_t below(uint32_t limit) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<uint32_t>((state_ * 0x2545f4914f6cdd1du) >> 33) % limit;
  }
  bool one_in(uint32_t n) { return below(n) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[below(static_cast<uint32_t>(choices.size()))];
  }

  RuleFile file() {
    RuleFile out;
    out.path = "random.xml";
    out.lists = lists();
    const uint32_t sets = 1 + below(3);
    int id = 0;
    for (uint32_t i = 0; i < sets; i++) out.sets.push_back(set(id));
    return out;
  }

  FakeFacts request() {
    FakeFacts out;
    out.texts[Field::path] = path();
    out.texts[Field::target] = out.texts[Field::path] + (one_in(2) ? "?" + query() : "");
    if (one_in(2)) out.texts[Field::query] = query();
    out.texts[Field::method] = one_of<std::string>({"GET", "GET", "POST", "PUT"});
    if (!one_in(5)) out.texts[Field::host] = host();
    if (!one_in(4)) out.texts[Field::country] = one_of<std::string>({"CH", "DE", "FR"});
    if (one_in(2)) out.texts[Field::user] = one_of<std::string>({"anna", "Berta", "o'neil"});
    out.numbers[Field::port] = one_in(2) ? 443 : 8000 + below(20);
    if (one_in(2)) out.numbers[Field::status] = 200 + 50 * below(7);
    if (one_in(2)) out.numbers[Field::request_size] = below(3000);
    if (!one_in(5)) out.addresses[Field::client] = address();
    if (out.addresses.contains(Field::client)) out.texts[Field::client] = "an address";
    for (uint32_t i = below(4); i > 0; i--) out.headers.emplace_back(header_name(), word_text());
    for (uint32_t i = below(3); i > 0; i--) out.named.push_back({Field::cookie, small_name(), word_text()});
    for (uint32_t i = below(3); i > 0; i--) out.named.push_back({Field::parameter, small_name(), word_text()});
    for (uint32_t i = below(3); i > 0; i--) out.roles.push_back(word());
    out.time = 1'700'000'000 + static_cast<int64_t>(below(14 * 24)) * 3600;
    return out;
  }

 private:
  std::string word() {
    return one_of<std::string>({"admin", "Admin", "app", "a", "public", "login", "x1", "img", "b"});
  }
  std::string small_name() { return one_of<std::string>({"sid", "lang", "Lang", "q"}); }
  std::string header_name() { return one_of<std::string>({"X-Api", "x-api", "User-Agent", "Accept", "X-B"}); }
  std::string word_text() {
    if (one_in(12)) return std::string(200, 'a') + "!";  // makes a pattern give up
    std::string out = word();
    for (uint32_t i = below(3); i > 0; i--) out += one_of<std::string>({"", " ", "/", "-", "."}) + word();
    return out;
  }
  std::string query() {
    return small_name() + "=" + word() + (one_in(2) ? "&" + small_name() + "=" + word_text() : "");
  }
  std::string slashes() { return one_in(8) ? "//" : "/"; }
  std::string path() {
    std::string out;
    for (uint32_t i = one_in(10) ? 9 + below(3) : below(4); i > 0; i--) out += slashes() + word();
    if (out.empty() || one_in(6)) out += slashes();
    return one_in(8) ? out + ".css" : out;
  }
  std::string host() {
    std::string out = one_of<std::string>({"example.org", "example.com", "intern", "a.b.c.example.org"});
    for (uint32_t i = below(3); i > 0; i--) out = one_of<std::string>({"www", "api", "x", ""}) + "." + out;
    return out;
  }
  AddressBytes address() {
    if (one_in(4)) return {0x20, 0x01, 0x0d, 0xb8, 0, static_cast<uint8_t>(below(3)), 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return FakeFacts::ipv4(10, static_cast<uint8_t>(below(3)), static_cast<uint8_t>(below(200)), 7);
  }
  std::string network() {
    return one_of<std::string>({"10.0.0.0/8", "10.1.0.0/16", "10.1.64.0/18", "10.2.7.7", "10.0.100.0/25", "::/0",
                                "2001:db8::/32", "2001:db8:1::/48", "0.0.0.0/0", "2001:db8:0:1::/63"});
  }

  // With parts replaced by wildcards.
  std::string wild(std::string text, bool path) {
    for (uint32_t i = 1 + below(2); i > 0; i--) {
      const uint32_t from = below(static_cast<uint32_t>(text.size()) + 1);
      const uint32_t length = below(std::min<uint32_t>(5, static_cast<uint32_t>(text.size()) - from + 1));
      text.replace(from, length, one_of<std::string>({"*", "*", "**", "?"}));
    }
    if (path && one_in(10)) text.insert(below(static_cast<uint32_t>(text.size()) + 1), "[a-l]");
    if (path && one_in(5)) text += "/**";
    if (path && one_in(30)) text += "\\*";
    return text;
  }

  std::string value_of(Field field) {
    switch (field) {
      case Field::path: return path();
      case Field::target: return path() + (one_in(2) ? "?" + query() : "");
      case Field::host: return host();
      case Field::method: return one_of<std::string>({"GET", "POST"});
      case Field::country: return one_of<std::string>({"CH", "US"});
      case Field::query: return query();
      default: return word_text();
    }
  }

  std::string expression(Field field) {
    switch (below(9)) {
      case 0: return "^" + word() + "|" + word() + "$";
      case 1: return "(a+)+$";
      case 2: return "(?i)" + word();
      case 3: return "^/" + word() + "/" + (one_in(2) ? word() + "?" : "");
      case 4: return word() + "[/.-]?" + word();
      case 5: return "[a-m]+" + word() + "{1,2}";
      case 6: return "(?:" + word() + "|" + word() + ")" + (one_in(2) ? "+" : "") + "\\W";
      case 7: return "^" + (field == Field::host ? std::string("www\\.") : word()) + ".*" + word();
      default: return "\\." + word() + "|/" + word() + "(?=/)|^/" + word() + "/";
    }
  }

  std::vector<ValueList> lists() {
    std::vector<ValueList> out;
    for (uint32_t i = 0; i < 4; i++) {
      ValueList list;
      list.name = "list" + std::to_string(i);
      list.kind = i == 0 ? ValueList::Kind::network : ValueList::Kind::text;
      list.ignore_case = i == 1;
      for (uint32_t n = one_in(8) ? 80 : below(6); n > 0; n--) {
        if (i == 0)
          list.entries.push_back(network());
        else if (one_in(3))
          list.entries.push_back("*." + host());
        else if (one_in(3))
          list.entries.push_back(no_class(wild(one_in(2) ? path() : host(), false)));
        else
          list.entries.push_back(one_in(2) ? path() : one_in(2) ? host() : word());
      }
      out.push_back(std::move(list));
    }
    return out;
  }
  static std::string no_class(std::string text) {
    std::erase_if(text, [](char c) { return c == '[' || c == '\\'; });
    return text;
  }

  Condition test() {
    static constexpr Field texts[] = {Field::path,   Field::path,      Field::host, Field::method, Field::query,
                                      Field::target, Field::country,   Field::user, Field::header, Field::header,
                                      Field::cookie, Field::parameter, Field::role, Field::tag};
    Condition out;
    out.op = Condition::Op::test;
    switch (below(12)) {
      case 0:
        out.field = one_of<Field>({Field::port, Field::status, Field::request_size});
        out.matcher.kind = one_in(5) ? MatchKind::exists : MatchKind::range;
        out.matcher.from = one_in(3) ? INT64_MIN : below(600);
        out.matcher.to = one_in(3) ? INT64_MAX : out.matcher.from < 0 ? below(3000) : out.matcher.from + below(200);
        return out;
      case 1:
        out.field = Field::client;
        out.matcher.kind = one_in(4) ? MatchKind::list : MatchKind::network;
        out.matcher.text = network();
        return out;
      case 2:
        out.field = Field::time;
        out.matcher.kind = MatchKind::time;
        out.matcher.text = one_of<std::string>({"Mon-Fri 08:00-18:00", "Sat,Sun", "22:00-06:00 Europe/Zurich"});
        return out;
      default: break;
    }
    out.field = texts[below(std::size(texts))];
    if (row_of(out.field).shape == Shape::named)
      out.name = out.field == Field::header ? header_name()
                 : out.field == Field::tag  ? one_of<std::string>({"t", "u"})
                                            : small_name();
    out.matcher.ignore_case = one_in(4);
    const bool path = out.field == Field::path || out.field == Field::target;
    switch (below(8)) {
      case 0: out.matcher.kind = MatchKind::exists; break;
      case 1:
      case 2:
        out.matcher.kind = MatchKind::exact;
        out.matcher.text = value_of(out.field);
        break;
      case 3:
      case 4:
        out.matcher.kind = MatchKind::glob;
        out.matcher.text = wild(value_of(out.field), path);
        break;
      case 5:
        out.matcher.kind = MatchKind::list;
        out.matcher.list = 1 + below(3);
        break;
      default:
        out.matcher.kind = MatchKind::regex;
        out.matcher.text = expression(out.field);
        break;
    }
    return out;
  }

  Condition condition(int depth) {
    Condition out;
    const uint32_t kind = below(depth > 0 ? 10 : 5);
    if (kind < 5) return one_in(40) ? out : test();
    out.op = kind < 8 ? Condition::Op::all : kind < 9 ? Condition::Op::any : Condition::Op::negation;
    const uint32_t operands = out.op == Condition::Op::negation ? 1 : 1 + below(3);
    for (uint32_t i = 0; i < operands; i++) out.operands.push_back(condition(depth - 1));
    return out;
  }

  std::vector<Action> actions(int id, uint32_t left) {
    std::vector<Action> out;
    if (one_in(3)) {
      Tag tag;
      tag.name = one_of<std::string>({"t", "u"});
      tag.value.parts.push_back({.literal = word()});
      out.push_back(std::move(tag));
    }
    if (one_in(6)) {
      const bool to_end = left == 0 || one_in(3);
      out.push_back(Skip{to_end ? "" : "r" + std::to_string(id + 1 + static_cast<int>(below(left)))});
    }
    return out;
  }

  RuleSet set(int& id) {
    RuleSet out;
    out.name = "set" + std::to_string(id);
    out.evaluation = one_in(2) ? Evaluation::first : Evaluation::all;
    out.shadow = one_in(10);
    const uint32_t count = one_in(10) ? 100 + below(100) : below(30);
    for (uint32_t i = 0; i < count; i++, id++) {
      Rule rule;
      rule.id = "r" + std::to_string(id);
      rule.when = condition(3);
      rule.two_armed = one_in(15);
      rule.go_on = one_in(3);
      rule.shadow = one_in(10);
      rule.then = actions(id, count - i - 1);
      if (rule.two_armed) rule.otherwise = actions(id, count - i - 1);
      out.rules.push_back(std::move(rule));
    }
    return out;
  }

  uint64_t state_;
};

}  // namespace navajo::rules
