#include "navajo/rules/action_image.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

namespace navajo::rules {
namespace {

// Each action has one list of its members, for both directions: `archive` writes or reads them.
template <class Archive>
void members(Archive&, Pass&) {}
template <class Archive>
void members(Archive& archive, Template::Part& part) {
  archive(part.literal, part.variable, part.name, part.rule);
}
template <class Archive>
void members(Archive& archive, Template& text) {
  archive(text.parts);
}
template <class Archive>
void members(Archive& archive, FieldText& field) {
  archive(field.name, field.value);
}
template <class Archive>
void members(Archive& archive, KeyPart& part) {
  archive(part.field, part.name);
}
template <class Archive>
void members(Archive& archive, Block& block) {
  archive(block.status, block.content_type, block.body, block.fields);
}
template <class Archive>
void members(Archive& archive, Redirect& redirect) {
  archive(redirect.status, redirect.location);
}
template <class Archive>
void members(Archive& archive, Delay& delay) {
  archive(delay.time);
}
template <class Archive>
void members(Archive& archive, Tag& tag) {
  archive(tag.name, tag.value);
}
template <class Archive>
void members(Archive& archive, ChangeHeader& change) {
  archive(change.side, change.change, change.name, change.value);
}
template <class Archive>
void members(Archive& archive, Rate& rate) {
  archive(rate.limit, rate.window, rate.algorithm, rate.burst, rate.soft_limit, rate.max_delay, rate.key,
          rate.address_limit, rate.ipv6_prefix, rate.status, rate.body, rate.fields);
}
template <class Archive>
void members(Archive& archive, Credit& credit) {
  archive(credit.amount, credit.period, credit.day, credit.minute, credit.zone, credit.price, credit.unit,
          credit.soft_limit, credit.max_delay, credit.key, credit.status, credit.body, credit.fields);
}
template <class Archive>
void members(Archive& archive, Concurrency& concurrency) {
  archive(concurrency.limit, concurrency.key, concurrency.status);
}
template <class Archive>
void members(Archive& archive, Log& log) {
  archive(log.log, log.headers, log.response_headers, log.body, log.response_body, log.timing, log.tls, log.backend,
          log.sample, log.per_second, log.fields);
}
template <class Archive>
void members(Archive& archive, Capture& capture) {
  archive(capture.name, capture.field, capture.field_name, capture.pattern);
}
template <class Archive>
void members(Archive& archive, Route& route) {
  archive(route.servlet);
}
template <class Archive>
void members(Archive& archive, BodyLimit& limit) {
  archive(limit.side, limit.bytes);
}
template <class Archive>
void members(Archive& archive, Timeout& timeout) {
  archive(timeout.time);
}
template <class Archive>
void members(Archive& archive, Skip& skip) {
  archive(skip.to);
}

// The largest value of each enumeration that a member has.
constexpr uint64_t largest(Field) { return kFieldCount - 1; }
constexpr uint64_t largest(Side) { return static_cast<uint64_t>(Side::response); }
constexpr uint64_t largest(Change) { return static_cast<uint64_t>(Change::remove); }
constexpr uint64_t largest(Algorithm) { return static_cast<uint64_t>(Algorithm::token_bucket); }
constexpr uint64_t largest(Period) { return static_cast<uint64_t>(Period::monthly); }
constexpr uint64_t largest(PriceUnit) { return static_cast<uint64_t>(PriceUnit::response_kilobyte); }

template <class T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

class ActionWriter {
 public:
  template <class... T>
  void operator()(T&... values) {
    (put(values), ...);
  }
  template <Plain T>
  void put(T value) {
    char bytes[sizeof value];
    memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof bytes);
  }
  void put(std::chrono::milliseconds& time) { put(static_cast<int64_t>(time.count())); }
  void put(std::string& text) {
    put(static_cast<uint32_t>(text.size()));
    out += text;
  }
  template <class T>
  void put(std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T>
  void put(std::vector<T>& values) {
    put(static_cast<uint32_t>(values.size()));
    for (T& value : values) put(value);
  }
  void put(Action& action) {
    put(static_cast<uint8_t>(action.index()));
    std::visit([this](auto& one) { members(*this, one); }, action);
  }
  template <class T>
  void put(T& value) requires(std::is_class_v<T>) {
    members(*this, value);
  }

  std::string out;
};

// Once something is wrong, everything that follows is empty.
class ActionReader {
 public:
  explicit ActionReader(std::string_view bytes) : left(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  template <Plain T>
  void get(T& value) {
    char bytes[sizeof value] = {};
    if (left.size() < sizeof value) return fail();
    memcpy(bytes, left.data(), sizeof value);
    left.remove_prefix(sizeof value);
    if constexpr (std::is_same_v<T, bool>) {
      if (bytes[0] != 0 && bytes[0] != 1) return fail();
      value = bytes[0] != 0;
    } else if constexpr (std::is_enum_v<T>) {
      if (static_cast<unsigned char>(bytes[0]) > largest(T{})) return fail();
      value = static_cast<T>(bytes[0]);
    } else {
      memcpy(&value, bytes, sizeof value);
    }
  }
  void get(std::chrono::milliseconds& time) {
    int64_t count = 0;
    get(count);
    time = std::chrono::milliseconds(count);
  }
  void get(std::string& text) {
    uint32_t size = 0;
    get(size);
    if (size > left.size()) return fail();
    text = left.substr(0, size);
    left.remove_prefix(size);
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool there = false;
    get(there);
    if (there) get(value.emplace());
  }
  template <class T>
  void get(std::vector<T>& values) {
    uint32_t size = 0;
    get(size);
    if (size > left.size()) return fail();  // each has at least a byte
    for (; size > 0 && good; size--) get(values.emplace_back());
  }
  void get(Action& action) {
    uint8_t index = 0;
    get(index);
    if (!good) return;
    action = empty_action(index, std::make_index_sequence<std::variant_size_v<Action>>());
    if (good) std::visit([this](auto& one) { members(*this, one); }, action);
  }
  template <class T>
  void get(T& value) requires(std::is_class_v<T>) {
    members(*this, value);
  }

  std::string_view left;
  bool good = true;

 private:
  void fail() {
    good = false;
    left = {};
  }
  template <size_t... I>
  Action empty_action(uint8_t index, std::index_sequence<I...>) {
    Action out;
    const bool known = ((I == index && (out.emplace<I>(), true)) || ...);
    if (!known) fail();
    return out;
  }
};

}  // namespace

std::string write_actions(const std::vector<Action>& actions) {
  ActionWriter writer;
  std::vector<Action> copy = actions;
  writer.put(copy);
  return std::move(writer.out);
}

base::Result<std::vector<Action>> read_actions(std::string_view bytes) {
  ActionReader reader(bytes);
  std::vector<Action> out;
  reader.get(out);
  if (!reader.good || !reader.left.empty()) return base::Failed{base::Error{"actions that cannot be read"}};
  for (Action& action : out) {
    auto* const capture = std::get_if<Capture>(&action);
    if (!capture || capture->pattern.empty()) continue;
    base::Result<config::Regex> regex = config::Regex::compile(capture->pattern);
    if (!regex.ok()) return base::Failed{base::Error{"the pattern of a capture: " + regex.error().text}};
    capture->compiled = std::make_shared<const config::Regex>(std::move(*regex));
  }
  return out;
}

}  // namespace navajo::rules
