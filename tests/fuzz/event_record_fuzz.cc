// Any bytes, split into names and values, as a record of an event log: one line, strict JSON, within its limit; and a
// secret between them does not come through. Both lengths are the first bytes.
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>

#include "navajo/http/headers.h"
#include "navajo/rules/event_record.h"
#include "navajo/rules/json_check.h"
#include "tests/fuzz/require.h"

using namespace navajo;
using namespace navajo::rules;

namespace {

const Redaction& redaction() {
  static const Redaction made = std::move(*Redaction::make({}));
  return made;
}

void is_a_line(std::string_view record) {
  FUZZ_REQUIRE(record.size() <= EventRecord::kMaxRecord);
  FUZZ_REQUIRE(record.ends_with("\n"));
  record.remove_suffix(1);
  FUZZ_REQUIRE(record.find('\n') == std::string_view::npos);
  FUZZ_REQUIRE(test::JsonCheck::is_object(record));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 8192) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::string_view name = text.substr(0, data[0]);
  const std::string_view value = text.substr(name.size());
  std::pmr::monotonic_buffer_resource memory;
  EventRecord record(redaction(), memory);
  record.text(name, value);
  record.begin(name);
  record.literal(value, name);
  if (data[1] & 1) record.end();
  http::HeaderList fields;
  fields.add(name, value);
  fields.add(value.substr(0, data[1]), name);
  fields.add(name, name);
  record.headers("headers", fields, std::vector<std::string>{"*"});
  // More than fits: whatever is cut, it is a record.
  if (data[1] & 2)
    for (int i = 0; i < 60; i++) record.literal(name, std::string(5000, 'x') + std::string(value));
  is_a_line(record.finish());

  // A name that tells what it is, in a query of its own, whatever stood before it.
  EventRecord secret(redaction(), memory);
  secret.text("target", std::string(value) + "&password=hunter2secret&x=1");
  const std::string_view line = secret.finish();
  is_a_line(line);
  FUZZ_REQUIRE(value.find("hunter2secret") != std::string_view::npos ||
               line.find("hunter2secret") == std::string_view::npos);
  return 0;
}
