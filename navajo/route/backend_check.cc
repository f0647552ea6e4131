#include "navajo/route/backend_check.h"

#include <algorithm>

#include "navajo/http/body_framing.h"
#include "navajo/http/chunked_decoder.h"
#include "navajo/http/response_head.h"
#include "navajo/route/backend_connection.h"

namespace navajo::route {
namespace {

using reactor::Deadline;
using reactor::IoResult;
using reactor::IoStatus;
using What = CheckOutcome::What;

constexpr size_t kLongestHead = 16 * 1024;
constexpr size_t kMostFields = 100;
constexpr int kMostInterim = 10;

CheckOutcome bad(std::string why) { return {What::bad, std::move(why)}; }

CheckOutcome not_moved(const IoResult& result, const char* doing) {
  if (result.status == IoStatus::stopping || result.status == IoStatus::cancelled) return {What::given_up, "it stops"};
  return bad(std::string(doing) + ": " + result.what());
}

// As nobody's client: the header, where there is one, says LOCAL or UNKNOWN.
CheckOutcome open_to(tls::Stream& stream, const BackendRow& row, Deadline deadline) {
  const BackendConnected connected = connect(stream, row, {}, {}, deadline);
  if (connected.ok()) return {};
  switch (connected.step) {
    case BackendConnected::Step::address: return bad("its name has no address");
    case BackendConnected::Step::connect: return not_moved(connected.result, "no connection");
    case BackendConnected::Step::header: break;
  }
  return not_moved(connected.result, "the PROXY protocol header was not taken");
}

CheckOutcome shake_hands(tls::Stream& stream, const BackendRow& row, tls::ClientContext* tls, Deadline deadline) {
  if (!tls) return bad("this server has no TLS to check it with");
  const std::string address = address_text(row);
  tls::Handshake done = tls->handshake(stream, {tls_name(row), address}, deadline);
  switch (done.outcome) {
    case tls::Handshake::Outcome::done: return {};
    case tls::Handshake::Outcome::stopping:
    case tls::Handshake::Outcome::cancelled: return {What::given_up, "it stops"};
    default: return bad(std::move(done.text));
  }
}

std::string request_of(const BackendRow& row, const CheckOptions& plan) {
  return "GET " + plan.path + " HTTP/1.1\r\nHost: " + (plan.host.empty() ? address_text(row) : plan.host) +
         "\r\nUser-Agent: Navajo-HealthCheck\r\nAccept: */*\r\nConnection: close\r\n\r\n";
}

// The answer to one GET, as far as it is looked at.
class Answer {
 public:
  Answer(tls::Stream& stream, Deadline deadline)
      : stream_(stream), deadline_(deadline), fields_(kMostFields), parser_(fields_, {kLongestHead, kMostFields}) {}

  CheckOutcome read_head() {
    for (int interim = 0; interim <= kMostInterim;) {
      switch (parser_.parse(input_)) {
        case http::ResponseHeadParser::State::refused:
          return bad(std::string("its answer is not understood: ") + http::text(parser_.fault()));
        case http::ResponseHeadParser::State::complete:
          if (!parser_.head().interim()) return take_head();
          input_.erase(0, parser_.length());
          parser_.reset();
          interim++;
          break;
        case http::ResponseHeadParser::State::incomplete:
          if (const IoResult got = read_more(); !got.ok()) return not_moved(got, "no answer");
          break;
      }
    }
    return bad("it never comes to a final answer");
  }
  int status() const { return status_; }

  // Whether text is in what is looked at of the body; reads no further than it has to.
  CheckOutcome find(const std::string& text) {
    while (true) {
      take_body();
      const bool is_there = body_.find(text) != std::string::npos;
      if (is_there) return {};
      if (refused_) return bad(std::string("its answer is not understood: ") + decoder_.fault());
      if (complete_ || body_.size() == CheckOptions::kLookedAt)
        return bad("its answer has not the text it has to have");
      const IoResult got = read_more();
      if (got.ok()) continue;
      if (got.status != IoStatus::end || framing_.kind != http::BodyFraming::Kind::until_close)
        return not_moved(got, "its answer did not come to an end");
      complete_ = true;
    }
  }

 private:
  IoResult read_more() {
    char room[4096];
    const IoResult got = stream_.read(room, deadline_);
    input_.append(room, got.bytes);
    return got;
  }
  CheckOutcome take_head() {
    status_ = parser_.head().status();
    framing_ = http::response_framing("GET", parser_.head());
    complete_ = framing_.kind == http::BodyFraming::Kind::none;
    input_.erase(0, parser_.length());
    return {};
  }
  // From input_ to body_.
  void take_body() {
    if (complete_) return;
    std::string_view data = input_;
    if (framing_.kind == http::BodyFraming::Kind::chunked) {
      const auto decoded = decoder_.decode(input_);
      data = {decoded.data.data(), decoded.data.size()};
      append(data);
      refused_ = decoded.state == http::ChunkedDecoder::State::refused;
      complete_ = decoded.state == http::ChunkedDecoder::State::complete;
    } else {
      if (framing_.kind == http::BodyFraming::Kind::length) {
        data = data.substr(0, framing_.length);
        framing_.length -= data.size();
        complete_ = framing_.length == 0;
      }
      append(data);
    }
    input_.clear();
  }
  void append(std::string_view data) { body_ += data.substr(0, CheckOptions::kLookedAt - body_.size()); }

  tls::Stream& stream_;
  const Deadline deadline_;
  std::vector<http::FieldSlice> fields_;
  http::ResponseHeadParser parser_;
  http::ChunkedDecoder decoder_;
  http::BodyFraming framing_;
  std::string input_, body_;
  int status_ = 0;
  bool complete_ = false, refused_ = false;
};

CheckOutcome ask(tls::Stream& stream, const BackendRow& row, const CheckOptions& plan, Deadline deadline) {
  const std::string request = request_of(row, plan);
  const IoResult written = stream.write(std::span<const char>(request), deadline);
  if (!written.ok()) return not_moved(written, "the request was not taken");
  Answer answer(stream, deadline);
  CheckOutcome out = answer.read_head();
  if (out.what != What::good) return out;
  const int status = answer.status();
  const bool is_good = std::any_of(plan.statuses.begin(), plan.statuses.end(), [&](const StatusRange& range) {
    return range.first <= status && status <= range.last;
  });
  if (!is_good) return bad("it answers with status " + std::to_string(status));
  return plan.body.empty() ? out : answer.find(plan.body);
}

}  // namespace

std::optional<StatusRange> parse_status_range(std::string_view text) {
  const auto number = [](std::string_view digits) {
    const bool is_status = digits.size() == 3 && digits[0] >= '1' && digits[0] <= '5' &&
                           digits.find_first_not_of("0123456789") == std::string_view::npos;
    return is_status ? (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0' : 0;
  };
  const size_t dash = std::min(text.find('-'), text.size());
  const int first = number(text.substr(0, dash));
  const int last = dash == text.size() ? first : number(text.substr(dash + 1));
  if (first == 0 || last < first) return std::nullopt;
  return StatusRange{first, last};
}

CheckColumn split_check(std::string_view column) {
  if (column == "tcp") return {CheckKind::tcp, {}, {}};
  if (column == "tls") return {CheckKind::tls, {}, {}};
  constexpr std::string_view kHttp = "http:";
  if (!column.starts_with(kHttp)) return {};
  CheckColumn out{CheckKind::http, column.substr(kHttp.size()), {}};
  const size_t equals = out.path.rfind('=');
  if (equals == std::string_view::npos || equals + 1 == out.path.size()) return out;
  const std::string_view behind = out.path.substr(equals + 1);
  if (behind.find_first_not_of("0123456789-") != std::string_view::npos) return out;
  out.statuses = behind;
  out.path = out.path.substr(0, equals);
  return out;
}

CheckOptions check_of(const BackendRow& row, const CheckOptions& of_routing) {
  CheckOptions out = of_routing;
  if (row.check.empty()) return out;
  const CheckColumn own = split_check(row.check);
  out.kind = own.kind;
  out.path = own.path;
  out.body.clear();
  out.statuses = {parse_status_range(own.statuses).value_or(StatusRange{})};
  return out;
}

CheckOutcome check_backend(const BackendRow& row, const CheckOptions& plan, tls::ClientContext* tls,
                           Deadline deadline) {
  tls::Stream stream;
  CheckOutcome out = open_to(stream, row, deadline);
  if (out.what != What::good) return out;
  if (plan.kind == CheckKind::tls || (plan.kind == CheckKind::http && row.tls)) {
    out = shake_hands(stream, row, tls, deadline);
    if (out.what != What::good) return out;
  }
  return plan.kind == CheckKind::http ? ask(stream, row, plan, deadline) : out;
}

}  // namespace navajo::route
