#include "navajo/filters/rule/log_record.h"

#include <ctime>

#include "navajo/rules/template.h"

namespace navajo::filters::rule {
namespace {

using rules::Field;

class Writing {
 public:
  explicit Writing(const RecordSource& source, const rules::Redaction& redaction)
      : source_(source), facts_(source.facts), record_(redaction, source.facts.request().memory()) {}

  std::string_view write() {
    time_of_day();
    record_.literal("rule", source_.rule.id);
    record_.text("id", facts_.request().id());
    text("client", Field::client);
    text("user", Field::user);
    record_.text("tags", source_.tags);
    request();
    response();
    if (source_.log.timing) record_.number("duration_ms", facts_.number(Field::duration).value_or(0));
    if (source_.log.tls) tls();
    if (source_.log.backend) backend();
    own_fields();
    return record_.finish();
  }

 private:
  void text(std::string_view name, Field field) {
    if (const auto value = facts_.text(field)) record_.text(name, *value);
  }
  void number(std::string_view name, Field field) {
    if (const auto value = facts_.number(field)) record_.number(name, *value);
  }
  void variable(std::string_view name, std::string_view variable) {
    const auto value = facts_.request().environment(variable);
    if (value && !value->empty()) record_.text(name, *value);
  }

  void time_of_day() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm parts{};
    gmtime_r(&now.tv_sec, &parts);
    char text[40];
    const int length =
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", parts.tm_year + 1900, parts.tm_mon + 1,
                 parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000000);
    record_.literal("time", {text, static_cast<size_t>(length)});
  }

  void request() {
    record_.begin("request");
    text("method", Field::method);
    text("scheme", Field::scheme);
    text("host", Field::host);
    text("target", Field::target);
    text("protocol", Field::protocol);
    number("bytes", Field::request_size);
    if (!source_.log.headers.empty())
      record_.headers("headers", facts_.request().headers(), source_.log.headers);
    if (source_.log.body > 0) record_.text("body", source_.body.substr(0, source_.log.body));
    record_.end();
  }

  void response() {
    record_.begin("response");
    number("status", Field::status);
    number("bytes", Field::response_size);
    if (*source_.cause) record_.literal("cause", source_.cause);
    if (!source_.log.response_headers.empty())
      record_.headers("headers", source_.response.headers(), source_.log.response_headers);
    if (source_.log.response_body > 0)
      record_.text("body", source_.response_body.substr(0, source_.log.response_body));
    record_.end();
  }

  void tls() {
    record_.begin("tls");
    for (const std::string_view name : {"protocol", "cipher", "server_name", "client_subject", "client_verify"})
      facts_.any(Field::tls, name, [&](std::string_view value) {
        record_.text(name, value);
        return true;
      });
    record_.end();
  }

  void backend() {
    if (!facts_.text(Field::backend)) return;
    record_.begin("backend");
    text("address", Field::backend);
    variable("tls", "tlsB");
    variable("cipher", "tlsCipherB");
    record_.end();
  }

  void own_fields() {
    for (const rules::FieldText& field : source_.log.fields) {
      std::pmr::string value(&facts_.request().memory());
      // The record escapes for JSON.
      rules::expand(field.value, facts_, source_.rule.id, rules::Escape::none, value);
      record_.text(field.name, value);
    }
  }

  const RecordSource& source_;
  rules::RequestFacts& facts_;
  rules::EventRecord record_;
};

}  // namespace

bool is_sampled(double share) {
  if (share >= 1) return true;
  // xorshift64*: no more than a fair coin is asked for.
  thread_local uint64_t state = static_cast<uint64_t>(time(nullptr)) ^ reinterpret_cast<uintptr_t>(&state);
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return static_cast<double>((state * 0x2545F4914F6CDD1DULL) >> 11) * 0x1.0p-53 < share;
}

void write_record(const RecordSource& source, rules::EventLog& log) {
  Writing writing(source, log.redaction());
  log.write(writing.write());
}

}  // namespace navajo::filters::rule
