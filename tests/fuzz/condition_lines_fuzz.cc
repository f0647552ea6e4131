// Any text as the value of a parameter with conditions: faults or entries, never an exception; what is evaluated is
// evaluated in order, twice the same, and never more than there is.
#include <cstdint>
#include <memory_resource>
#include <string>
#include <vector>

#include "navajo/container/conditional_lines.h"
#include "navajo/observe/log.h"
#include "tests/fuzz/require.h"

using namespace navajo;
using namespace navajo::container;

namespace {

constexpr config::ParamSpec kSpecs[] = {
    {.name = "Lines", .type = config::ParamType::lines, .conditions = config::Conditions::then_continue}};

// Every variable has a value that some pattern may find. (api/fakes.h would need half of the library.)
class BareRequest final : public api::Request {
 public:
  std::string_view method() const override { return "GET"; }
  std::string_view target() const override { return "/a/b?c=1"; }
  std::string_view path() const override { return "/a/b"; }
  std::string_view query() const override { return "c=1"; }
  std::string_view protocol() const override { return "HTTP/1.1"; }
  bool secure() const override { return true; }
  std::string_view host() const override { return "a.test"; }
  std::string_view authority() const override { return "a.test:8443"; }
  std::string_view client_address() const override { return "192.0.2.7"; }
  std::string_view peer_address() const override { return "::1"; }
  uint16_t server_port() const override { return 8443; }
  std::string_view id() const override { return "fuzz"; }
  std::string_view servlet_path() const override { return "/a"; }
  std::string_view path_info() const override { return "/b"; }
  http::Headers& headers() override { return fields_; }
  api::BodyReader& body() override { return no_body_; }
  std::optional<std::string_view> environment(std::string_view name) override { return name; }
  void set_environment(const char*, std::string_view) override {}
  std::optional<std::string_view> attribute(std::string_view) const override { return std::nullopt; }
  void set_attribute(std::string_view, std::string_view) override {}
  api::Session* session(api::SessionUse) override { return nullptr; }
  void set_session_source(api::SessionSource*) override {}
  std::pmr::memory_resource& memory() override { return memory_; }

 private:
  class NoBody final : public api::BodyReader {
    std::optional<uint64_t> declared_length() const override { return std::nullopt; }
    bool present() const override { return false; }
    api::BodyRead read(std::span<char>) override { return {}; }
  };
  http::HeaderList fields_;
  NoBody no_body_;
  std::pmr::monotonic_buffer_resource memory_;
};

std::vector<size_t> active(const ConditionalLines& lines, api::Request& request, const http::Headers* response,
                           InDoubt in_doubt) {
  std::vector<size_t> out;
  lines.for_each_active(request, response, in_doubt, [&](size_t entry) {
    FUZZ_REQUIRE(entry < lines.entries().size());
    FUZZ_REQUIRE(out.empty() || out.back() < entry);
    out.push_back(entry);
    return Visit::taken;
  });
  return out;
}

void drop(observe::LogId, std::string_view) {}
bool everything(observe::Level) { return true; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 2048) return 0;
  observe::set_log_sink(drop, everything);
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Stage stage = data[0] % 2 ? Stage::request : Stage::response;
  config::Diagnostics diagnostics;
  const config::Params params("fuzz", {"web.xml", 1, 1}, kSpecs, {{"Lines", {text, {"web.xml", 1, 1}}}}, diagnostics);
  const ConditionalLines lines(params, "Lines", stage);
  size_t plain = 0;
  for (const config::ParamLine& line : params.positioned_lines("Lines"))
    plain += line.text.rfind("Condition:", 0) != 0 && line.text.rfind("!Condition:", 0) != 0 &&
             line.text.rfind("Pragma:", 0) != 0;
  if (!diagnostics.ok()) return 0;
  FUZZ_REQUIRE(lines.entries().size() == plain);
  BareRequest request;
  request.headers().set("User-Agent", "curl");
  http::HeaderList response;
  response.set("Content-Type", "text/html");
  const auto taken = active(lines, request, &response, InDoubt::take);
  FUZZ_REQUIRE(taken == active(lines, request, &response, InDoubt::take));
  if (lines.doubts() == 0) FUZZ_REQUIRE(taken == active(lines, request, &response, InDoubt::skip));
  return 0;
}
