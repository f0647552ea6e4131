// The container: hosts, contexts, mappings, chains. Built once per configuration in the parent (one thread, may
// throw); afterwards find() and handle() are called by all threads and fibers of every child, concurrently and
// without allocation or locks on the way to the servlet. Lives as long as its configuration.
//
//   const Match match = container.find(host, path);     // map_to_storage: is it ours, and whose?
//   container.handle(match, request, response);         // handler: filters, servlet, error page
//
// Mapping follows Servlet 2.3 SRV.11: exact pattern, then the longest prefix ("/a/*" matches /a, /a/ and /a/b,
// not /ab), then the default ("/" or "/*"). Patterns are relative to the context's path.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/api/status_source.h"
#include "navajo/config/file_text.h"
#include "navajo/config/navajo_xml.h"
#include "navajo/container/catalogue.h"

namespace navajo::limits {
class MemoryObserver;
}
namespace navajo::observe {
class LivePlace;
}

namespace navajo::container {

class WebApplication;
struct ServletEntry;

enum class MatchStatus : uint8_t {
  found,
  unknown_host,  // 421: no Host of that name, and no defaultHost
  no_context,    // 404
  no_servlet,    // 404: the context maps nothing there
};

// Where a request goes. Plain data; valid as long as the container.
struct Match {
  static constexpr size_t kMaxFilterMappings = 256;

  MatchStatus status = MatchStatus::unknown_host;
  const WebApplication* application = nullptr;  // the context; also known for no_servlet
  const ServletEntry* servlet = nullptr;
  // path.substr(0, servlet_path_length) is Request::servlet_path(), the rest is path_info().
  size_t servlet_path_length = 0;
  std::array<uint64_t, kMaxFilterMappings / 64> filter_mappings{};  // which of the context's filter-mappings run

  bool found() const { return status == MatchStatus::found; }
};

// When elements of the chain were entered and left, in observe::cheap_ticks(). Nested as the chain is: what an element
// took before it called the rest is the next one's entry less its own.
struct ChainTimes {
  static constexpr size_t kMost = 20;
  static constexpr uint16_t kServlet = 0xffff;
  struct One {
    uint64_t entered, left;  // left 0: it threw
    uint16_t mapping;        // kServlet: the servlet
  };
  size_t count = 0;  // entered; those beyond kMost are not timed
  One elements[kMost];
};

// What came of it, for the log lines of the request.
struct ChainRecord {
  size_t mappings_entered = 0;  // the match's filter-mappings below this number
  bool servlet_entered = false;
  const char* cause = "";  // of a refusal
  int refused_with = 0;    // its status; 0: not refused
  ChainTimes times;
  observe::LivePlace* live = nullptr;  // told of every element; null: nobody looks
};

// One servlet-mapping as the status page and `navajo check` show it.
struct MappingLine {
  std::string host, context, pattern, servlet, servlet_class;
  std::vector<std::string> filters;  // that run for the pattern's own path, in order
};

class Container final : public api::StatusSource {
 public:
  // Reads every Context's WEB-INF/web.xml and makes its servlets and filters. Null when diagnostics has faults.
  static std::unique_ptr<Container> build(const config::NavajoXml& navajo, const Catalogue& catalogue,
                                          config::Diagnostics& diagnostics);
  ~Container() override;
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  // host: lower case, without port, empty when there was none. path: decoded, normalised, starts with "/".
  Match find(std::string_view host, std::string_view path) const;

  // What answers for a path, without what stands before it; null: nothing. Lives as long as the container.
  const api::Servlet* servlet_at(std::string_view host, std::string_view path) const;

  // Runs filters and servlet, or renders the error page for a match that was not found. The response is complete
  // when it returns, or aborted when it was committed and cannot be completed. Never throws. The cause of a
  // refusal is in the environment variable NAVAJO_CAUSE, and with what was entered in `record`.
  // server_limit: of request bodies where neither Context nor Host has one; bytes, 0: any.
  void handle(const Match& match, api::Request& request, api::Response& response, ChainRecord& record,
              uint64_t server_limit = 0) const;
  void handle(const Match& match, api::Request& request, api::Response& response) const {
    ChainRecord unread;
    handle(match, request, response, unread);
  }

  // limitRequestBody of the match's Context, or else Host; none: the Server's counts. Bytes, 0: any.
  static std::optional<uint64_t> body_limit(const Match& match);
  // Of this configuration; null in a configuration without one. Before start_child().
  limits::MemoryObserver* memory_observer() const;

  // As web.xml and navajo.xml call what a request went to, for metrics and traces; empty: nothing matched. They live as
  // long as the container.
  struct Names {
    std::string_view host, context, servlet;
  };
  static Names names(const Match& match);

  // The files it was built from, into its shared memory. A fault when they do not fit.
  void record_files(const config::NavajoXml& navajo, const config::FileTexts& files, config::Diagnostics& diagnostics);
  // In the parent, when it is put to work as number `generation`.
  void put_to_work(uint32_t generation, int64_t now);
  const shm::Arena& arena() const;
  SharedServices& services() const;

  // Once in every child, before its first request.
  void start_child();
  void stop_child();
  // Every component's own numbers, nested: host, context, servlet or filter.
  void report(api::StatusWriter& writer) const override;
  std::vector<MappingLine> list() const;

 private:
  struct State;
  explicit Container(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace navajo::container
