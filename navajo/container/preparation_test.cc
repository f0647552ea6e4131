#include "navajo/container/preparation.h"

#include <string>

#include "navajo/api/fakes.h"
#include "navajo/container/variable.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::container;

namespace {

std::string read_all(api::Request& request) {
  std::string out;
  char piece[7];
  for (;;) {
    const api::BodyRead got = request.body().read(piece);
    if (got.status != api::BodyStatus::data) return out;
    out.append(piece, got.bytes);
  }
}

// Remembers what it was given; reads the body if it is to.
class Looking final : public api::Filter {
 public:
  api::Request* seen = nullptr;
  bool reads = false;
  std::string body, attribute, a;
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override {
    seen = &request;
    attribute = request.attribute(api::Request::kBodyAttribute).value_or("-");
    a = request.parameters() ? std::string(request.parameters()->get("a").value_or("-")) : "none";
    if (reads) body = read_all(request);
    return rest.proceed(request, response);
  }
};

class Last final : public api::FilterChain {
 public:
  std::string body, expect;
  std::optional<uint64_t> length;
  api::Outcome proceed(api::Request& request, api::Response&) override {
    length = request.body().declared_length();
    expect = request.headers().get("Expect").value_or("");
    body = read_all(request);
    return api::Outcome::answered();
  }
  api::Outcome proceed_to(api::Servlet& servlet, api::Request& request, api::Response& response) override {
    return servlet.service(request, response);
  }
  void complete(api::Response&) override {}
};

class ChainOf final : public api::FilterChain {
 public:
  ChainOf(api::Filter& filter, api::FilterChain& rest) : filter_(filter), rest_(rest) {}
  api::Outcome proceed(api::Request& request, api::Response& response) override {
    return filter_.filter(request, response, rest_);
  }
  api::Outcome proceed_to(api::Servlet& servlet, api::Request& request, api::Response& response) override {
    return rest_.proceed_to(servlet, request, response);
  }
  void complete(api::Response& innermost) override { rest_.complete(innermost); }

 private:
  api::Filter& filter_;
  api::FilterChain& rest_;
};

}  // namespace

TEST_GROUP(Preparation) {
  config::Diagnostics diagnostics;
  api::FakeRequest request{"POST", "/x?a=q&b=1"};
  api::FakeResponse response;
  Looking* looking = nullptr;
  Last last;

  std::unique_ptr<PreparingFilter> preparing(const std::string& flags, Looking*& inside, BodyLimits limits = {}) {
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, common_params(),
                                {{"RequestFlags", {flags, {"web.xml", 10, 5}}}}, diagnostics);
    auto filter = std::make_unique<Looking>();
    inside = filter.get();
    return std::make_unique<PreparingFilter>(std::move(filter), RequestFlags(params, "", 0), limits);
  }
  std::string run(const std::string& flags, bool reads = false, BodyLimits limits = {}) {
    const auto filter = preparing(flags, looking, limits);
    looking->reads = reads;
    const api::Outcome outcome = filter->filter(request, response, last);
    if (!outcome.is_answered()) return std::to_string(outcome.status) + " " + outcome.cause;
    return "body=" + looking->body + " attribute=" + looking->attribute + " a=" + looking->a + " last=" + last.body;
  }
  void form(const char* body) {
    request.with("Content-Type", "Application/x-www-form-urlencoded; charset=x").with_body(body);
  }
};

TEST(Preparation, nothing_is_prepared_that_no_one_asked_for) {
  form("a=f");
  STRCMP_EQUAL("body= attribute=- a=none last=a=f", run("Condition:ENV:NONE:1\n+NEEDS_PARAMS").c_str());
}

TEST(Preparation, an_idle_element_sees_the_request_itself) {
  form("a=f");
  const auto filter = preparing("Condition:ENV:NONE:1\nALL", looking);
  CHECK_TRUE(filter->filter(request, response, last).is_answered());
  POINTERS_EQUAL(&request, looking->seen);
}

TEST(Preparation, a_query_is_parsed_without_touching_the_body) {
  request.with_body("a=f");
  const auto filter = preparing("+NEEDS_PARAMS", looking);
  request.the_body.before_read = [&](size_t) { CHECK_TRUE(looking->seen != nullptr); };
  CHECK_TRUE(filter->filter(request, response, last).is_answered());
  STRCMP_EQUAL("q", looking->a.c_str());
  STRCMP_EQUAL("a=f", last.body.c_str());
}

TEST(Preparation, a_form_is_read_and_stays_readable_for_all) {
  request.the_query = "b=1";
  form("c=1&a=f%21");
  STRCMP_EQUAL("body=c=1&a=f%21 attribute=c=1&a=f%21 a=f! last=c=1&a=f%21", run("+NEEDS_PARAMS", true).c_str());
  LONGS_EQUAL(10, *last.length);
}

TEST(Preparation, a_chunked_body_gets_a_length_and_expects_nothing_any_more) {
  request.with("Expect", "100-continue").with_chunks({"abc", "defghij"});
  STRCMP_EQUAL("body=abcdefghij attribute=abcdefghij a=none last=abcdefghij",
               run("+NEEDS_BUFFERED_BODY", true).c_str());
  LONGS_EQUAL(10, *last.length);
  STRCMP_EQUAL("", last.expect.c_str());
}

TEST(Preparation, from_a_file_all_is_the_same) {
  request.the_query.clear();
  const std::string text = "a=" + std::string(5000, 'x');
  form(text.c_str());
  STRCMP_EQUAL(("body=" + text + " attribute=" + text + " a=" + text.substr(2) + " last=" + text).c_str(),
               run("+NEEDS_PARAMS", true, {65536, 1024}).c_str());
}

TEST(Preparation, is_done_once_in_a_chain) {
  form("a=f");
  Looking *outer, *inner;
  const auto first = preparing("+NEEDS_PARAMS", outer), second = preparing("ALL", inner);
  outer->reads = inner->reads = true;
  ChainOf rest(*second, last);
  CHECK_TRUE(first->filter(request, response, rest).is_answered());
  STRCMP_EQUAL("a=f", outer->body.c_str());
  STRCMP_EQUAL("a=f", inner->body.c_str());
  STRCMP_EQUAL("a=f", inner->attribute.c_str());
  STRCMP_EQUAL("a=f", last.body.c_str());
  LONGS_EQUAL(2, request.the_body.reads);
}

TEST(Preparation, what_cannot_be_prepared_is_refused) {
  form("a=f");
  STRCMP_EQUAL("413 body_over_buffer_size", run("+NEEDS_BUFFERED_BODY", false, {2, 2}).c_str());
  STRCMP_EQUAL("413 body_over_buffer_size", run("+NEEDS_PARAMS", false, {2, 2}).c_str());
  request.with("Content-Encoding", "gzip");
  STRCMP_EQUAL("415 form_is_encoded", run("+NEEDS_PARAMS").c_str());
  request.the_query = std::string(2001, '&');
  for (size_t i = 0; i < 2000; i += 2) request.the_query[i] = 'a';
  request.the_body.there = false;
  CHECK_TRUE(run("+NEEDS_PARAMS").substr(0, 4) == "body");
  request.the_query += "a";
  STRCMP_EQUAL("400 too_many_parameters", run("+NEEDS_PARAMS").c_str());
}

TEST(Preparation, accept_encoding_is_pruned) {
  request.with("Accept-Encoding", "gzip");
  (void)run("+PRUNE_ACCEPT_ENCODING");
  CHECK_FALSE(request.fields.get("Accept-Encoding").has_value());
}

TEST(Preparation, a_watch_sees_that_a_parameter_is_named) {
  ParameterWatch outer;
  {
    ParameterWatch watch;
    CHECK_TRUE(Variable::parse("HEADER", "a", Stage::request).ok());
    CHECK_FALSE(watch.seen());
    CHECK_TRUE(Variable::parse("PARAM", "a", Stage::request).ok());
    CHECK_TRUE(watch.seen());
  }
  CHECK_FALSE(outer.seen());
}
