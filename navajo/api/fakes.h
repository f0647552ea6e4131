// A request and a response without a server, for unit tests of servlets and filters. Everything a test wants to
// look at or to steer is a public member; nothing here is part of libnavajo.
//
//   FakeRequest request("POST", "/app/x?a=1");
//   request.with("Cookie", "a=b").with_body("hello");
//   FakeResponse response;
//   servlet.service(request, response);
//   STRCMP_EQUAL("hello", response.body.c_str());
#pragma once

#include <atomic>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <memory_resource>
#include <string>
#include <vector>

#include "navajo/api/attributes.h"
#include "navajo/api/request.h"
#include "navajo/api/response.h"
#include "navajo/api/servlet.h"
#include "navajo/reactor/descriptor.h"

namespace navajo::api {

class FakeBody final : public BodyReader {
 public:
  std::vector<std::string> pieces;                // one read() gives at most one of them
  std::optional<uint64_t> length;                 // declared_length()
  bool there = false;                             // present()
  BodyStatus last = BodyStatus::end;              // what comes after the pieces
  std::function<void(size_t reads)> before_read;  // told how many reads there were before
  size_t silent_from = SIZE_MAX;  // from so many reads on the client says nothing: read_unless() waits for the other
  size_t reads = 0;
  http::HeaderList trailer_fields;

  const http::Headers* trailers() const override { return &trailer_fields; }
  BodyRead read_unless(std::span<char> into, reactor::Descriptor& other) override {
    if (reads < silent_from) return read(into);
    silent_from = SIZE_MAX;
    if (reactor::wait(other, reactor::Interest::read, reactor::Deadline::after(std::chrono::seconds(10))) !=
        reactor::Wake::ready)
      return {BodyStatus::timed_out, 0};
    return {BodyStatus::interrupted, 0};
  }
  std::optional<uint64_t> declared_length() const override { return length; }
  bool present() const override { return there; }
  BodyRead read(std::span<char> into) override {
    if (before_read) before_read(reads);
    reads++;
    while (next_ < pieces.size() && offset_ == pieces[next_].size()) {
      next_++;
      offset_ = 0;
    }
    if (next_ == pieces.size()) return {last, 0};
    const size_t bytes = std::min(into.size(), pieces[next_].size() - offset_);
    memcpy(into.data(), pieces[next_].data() + offset_, bytes);
    offset_ += bytes;
    return {BodyStatus::data, bytes};
  }

 private:
  size_t next_ = 0, offset_ = 0;
};

class FakeRequest final : public Request {
 public:
  std::string the_method, the_target, the_path, the_query;
  std::string the_protocol = "HTTP/1.1";
  bool is_secure = false;
  std::string the_host = "www.example.test", the_authority = "www.example.test";
  std::string the_client_address = "192.0.2.7", the_peer_address = "192.0.2.7";
  uint16_t the_server_port = 80;
  std::string the_id = "test-request";
  std::string the_servlet_path, the_path_info;
  http::HeaderList fields;
  FakeBody the_body;
  std::map<std::string, std::string, std::less<>> variables;  // environment()
  std::pmr::monotonic_buffer_resource arena;
  Attributes attributes{arena};
  SessionSource* sessions = nullptr;
  const http::Parameters* the_parameters = nullptr;
  const ForwardTarget* the_forward_target = nullptr;
  BackendCalls* the_backend_calls = nullptr;

  // The path is the target's, percent-decoded and nothing else; path info is all of it ("/*" mapped).
  explicit FakeRequest(std::string_view method = "GET", std::string_view target = "/")
      : the_method(method), the_target(target) {
    const size_t question = target.find('?');
    if (question != std::string_view::npos) the_query = target.substr(question + 1);
    const std::string_view encoded = target.substr(0, question);
    for (size_t i = 0; i < encoded.size(); i++) {
      if (encoded[i] == '%' && i + 2 < encoded.size()) {
        the_path += static_cast<char>(std::stoi(std::string(encoded.substr(i + 1, 2)), nullptr, 16));
        i += 2;
      } else {
        the_path += encoded[i];
      }
    }
    the_path_info = the_path;
  }

  FakeRequest& with(std::string_view name, std::string_view value) {
    fields.add(name, value);
    return *this;
  }
  // A body with a Content-Length.
  FakeRequest& with_body(std::string_view text) {
    the_body.pieces = {std::string(text)};
    the_body.length = text.size();
    the_body.there = true;
    return *this;
  }
  // A body of unknown length, arriving in these pieces.
  FakeRequest& with_chunks(std::vector<std::string> pieces) {
    the_body.pieces = std::move(pieces);
    the_body.length.reset();
    the_body.there = true;
    return *this;
  }
  // "/app" + "/x": what a mapping "/app/*" makes of "/app/x".
  FakeRequest& mapped(std::string_view servlet_path, std::string_view path_info) {
    the_servlet_path = servlet_path;
    the_path_info = path_info;
    return *this;
  }

  std::string_view method() const override { return the_method; }
  std::string_view target() const override { return the_target; }
  std::string_view path() const override { return the_path; }
  std::string_view query() const override { return the_query; }
  std::string_view protocol() const override { return the_protocol; }
  bool secure() const override { return is_secure; }
  std::string_view host() const override { return the_host; }
  std::string_view authority() const override { return the_authority; }
  std::string_view client_address() const override { return the_client_address; }
  std::string_view peer_address() const override { return the_peer_address; }
  uint16_t server_port() const override { return the_server_port; }
  std::string_view id() const override { return the_id; }
  std::string_view servlet_path() const override { return the_servlet_path; }
  std::string_view path_info() const override { return the_path_info; }
  http::Headers& headers() override { return fields; }
  BodyReader& body() override { return the_body; }
  std::optional<std::string_view> environment(std::string_view name) override {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return std::string_view(found->second);
  }
  void set_environment(const char* name, std::string_view value) override {
    variables.insert_or_assign(std::string(name), std::string(value));
  }
  const http::Parameters* parameters() override { return the_parameters; }
  std::optional<std::string_view> attribute(std::string_view name) const override { return attributes.get(name); }
  void set_attribute(std::string_view name, std::string_view value) override { attributes.set(name, value); }
  Session* session(SessionUse use) override { return sessions ? sessions->session(use) : nullptr; }
  void set_session_source(SessionSource* source) override { sessions = source; }
  const ForwardTarget* forward_target() const override { return the_forward_target; }
  BackendCalls* backend_calls() override { return the_backend_calls; }
  std::pmr::memory_resource& memory() override { return arena; }
};

class FakeSession final : public Session, public SessionSource {
 public:
  std::map<std::string, std::string, std::less<>> values;
  bool exists = true;       // false: made when asked for with SessionUse::create
  bool takes_more = true;   // what set() says
  bool invalidated = false;
  int renewals = 0;
  std::chrono::seconds max_lifetime{0}, max_inactive_interval{0};

  Session* session(SessionUse use) override {
    if (use == SessionUse::create) exists = true;
    return exists ? this : nullptr;
  }
  std::optional<std::string_view> get(std::string_view name) override {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return given_.emplace_back(found->second);
  }
  bool set(std::string_view name, std::string_view value) override {
    if (takes_more) values.insert_or_assign(std::string(name), std::string(value));
    return takes_more;
  }
  bool remove(std::string_view name) override { return values.erase(std::string(name)) > 0; }
  void for_each(std::string_view prefix,
                base::FunctionRef<bool(std::string_view name, std::string_view value)> visit) override {
    for (auto at = values.lower_bound(prefix); at != values.end() && at->first.starts_with(prefix); ++at)
      if (!visit(at->first, at->second)) return;
  }
  std::string_view log_id() const override { return "fake"; }
  bool renew() override {
    renewals++;
    return true;
  }
  void set_limits(std::chrono::seconds lifetime, std::chrono::seconds inactive) override {
    max_lifetime = lifetime;
    max_inactive_interval = inactive;
  }
  void invalidate() override {
    invalidated = true;
    exists = false;
    values.clear();
  }
  // What the watches say, which may outlive this object and be asked by other threads.
  struct Watched {
    std::atomic<bool> alive{true};
    std::atomic<int> looks{0}, touches{0};
  };
  std::shared_ptr<Watched> watched;  // null: cannot be watched
  std::unique_ptr<SessionWatch> watch() override {
    class Watch final : public SessionWatch {
     public:
      explicit Watch(std::shared_ptr<Watched> of) : of_(std::move(of)) {}
      bool lives(Touch touch) override {
        of_->looks++;
        if (touch == Touch::yes) of_->touches++;
        return of_->alive;
      }

     private:
      std::shared_ptr<Watched> of_;
    };
    return watched ? std::make_unique<Watch>(watched) : nullptr;
  }

 private:
  std::deque<std::string> given_;  // what get() has answered stays
};

class FakeResponse final : public Response {
  // Content-Type is one of the fields for whoever looks at them, and kept apart, as under httpd.
  class FieldsAndType final : public http::Headers {
   public:
    explicit FieldsAndType(FakeResponse& of) : of_(of) {}
    FieldsAndType& operator=(const FieldsAndType&) { return *this; }  // still those of its own response
    std::optional<std::string_view> get(std::string_view name) const override {
      if (!is_type(name)) return of_.fields.get(name);
      return of_.content_type.empty() ? std::nullopt : std::optional<std::string_view>(of_.content_type);
    }
    void set(std::string_view name, std::string_view value) override {
      is_type(name) ? of_.set_content_type(value) : of_.fields.set(name, value);
    }
    void add(std::string_view name, std::string_view value) override {
      is_type(name) ? of_.set_content_type(value) : of_.fields.add(name, value);
    }
    void remove(std::string_view name) override {
      is_type(name) ? of_.content_type.clear() : of_.fields.remove(name);
    }
    void for_each(Visitor visit) const override {
      if (of_.content_type.empty() || visit("Content-Type", of_.content_type)) of_.fields.for_each(visit);
    }

   private:
    static bool is_type(std::string_view name) { return http::same_name(name, "Content-Type"); }
    FakeResponse& of_;
  };

 public:
  int the_status = 200;
  std::string reason;
  http::HeaderList fields;
  std::optional<uint64_t> length;
  std::string content_type;
  std::string body;
  size_t writes = 0, flushes = 0;
  bool is_committed = false, is_finished = false, is_aborted = false;
  uint64_t client_gone_after = UINT64_MAX;  // writes that would pass this many bytes find nobody
  std::function<void(FakeResponse&)> on_write, on_flush;
  std::vector<std::pair<int, http::HeaderList>> interim;
  bool takes_trailers = false;
  http::HeaderList trailer_fields;
  bool upgradable = false;                   // can_upgrade()
  std::shared_ptr<Upgraded> upgraded;        // what upgrade() was given

  int status() const override { return the_status; }
  void set_status(int status, std::string_view text = {}) override {
    the_status = status;
    reason = text;
  }
  FakeResponse() = default;
  FakeResponse(const FakeResponse&) = delete;
  FakeResponse& operator=(const FakeResponse&) = default;
  http::Headers& headers() override { return fields_and_type_; }
  void set_content_length(uint64_t bytes) override { length = bytes; }
  void set_content_type(std::string_view type) override { content_type = type; }
  void send_interim(int interim_status, const http::Headers& its_fields) override {
    auto& one = interim.emplace_back(interim_status, http::HeaderList());
    its_fields.for_each([&](std::string_view name, std::string_view value) {
      one.second.add(name, value);
      return true;
    });
  }
  http::Headers* trailers() override { return takes_trailers ? &trailer_fields : nullptr; }
  bool committed() const override { return is_committed; }
  WriteStatus commit() override {
    is_committed = true;
    return gone_ ? WriteStatus::client_gone : WriteStatus::ok;
  }
  WriteStatus write(std::span<const char> bytes) override {
    is_committed = true;
    writes++;
    if (body.size() + bytes.size() > client_gone_after) gone_ = true;
    if (gone_) return WriteStatus::client_gone;
    body.append(bytes.data(), bytes.size());
    if (on_write) on_write(*this);
    return WriteStatus::ok;
  }
  using Response::write;
  WriteStatus flush() override {
    is_committed = true;
    flushes++;
    if (on_flush) on_flush(*this);
    return gone_ ? WriteStatus::client_gone : WriteStatus::ok;
  }
  WriteStatus finish() override {
    is_committed = is_finished = true;
    return gone_ ? WriteStatus::client_gone : WriteStatus::ok;
  }
  void abort() override { is_aborted = true; }
  uint64_t bytes_written() const override { return body.size(); }
  bool can_upgrade() const override { return upgradable; }
  WriteStatus upgrade(std::unique_ptr<Upgraded> next) override {
    is_committed = is_finished = true;
    upgraded = std::move(next);
    return gone_ ? WriteStatus::client_gone : WriteStatus::ok;
  }

 private:
  FieldsAndType fields_and_type_{*this};
  bool gone_ = false;
};

// A servlet as the end of a filter's chain.
class FakeChain final : public FilterChain {
 public:
  std::function<Outcome(Request&, Response&)> rest = [](Request&, Response&) { return Outcome::answered(); };
  size_t calls = 0, completions = 0;
  Outcome proceed(Request& request, Response& response) override {
    calls++;
    return rest(request, response);
  }
  Outcome proceed_to(Servlet& end, Request& request, Response& response) override {
    calls++;
    return end.service(request, response);
  }
  void complete(Response& innermost) override {
    completions++;
    if (innermost.commit() == WriteStatus::ok) (void)innermost.finish();
  }
};

// What report() says, one line each: "backend 127.0.0.1:80/idle 3".
class FakeStatusWriter final : public StatusWriter {
 public:
  std::vector<std::string> lines;
  void begin(std::string_view object) override { path_.emplace_back(object); }
  void end() override { path_.pop_back(); }
  void number(std::string_view name, double value) override {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (!text.empty() && text.back() == '.') text.pop_back();
    lines.push_back(prefix() + std::string(name) + " " + text);
  }
  void text(std::string_view name, std::string_view value) override {
    lines.push_back(prefix() + std::string(name) + " " + std::string(value));
  }
  bool has(std::string_view line) const {
    for (const std::string& one : lines)
      if (one == line) return true;
    return false;
  }

 private:
  std::string prefix() const {
    std::string text;
    for (const std::string& part : path_) text += part + "/";
    return text;
  }
  std::vector<std::string> path_;
};

}  // namespace navajo::api
