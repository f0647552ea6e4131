#include "navajo/filters/body_validation/body_validation_filter.h"

#include <string>

#include "navajo/api/fakes.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::filters;

namespace {

std::string g_log;
void keep_log(observe::LogId, std::string_view text) { g_log.append(text).append("\n"); }
bool log_everything(observe::Level) { return true; }

constexpr const char* kForm = "multipart/form-data; boundary=XX";
const std::string kPart = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhello\r\n";

}  // namespace

TEST_GROUP(BodyValidationFilter) {
  using Values = std::map<std::string, config::ParamValue, std::less<>>;
  config::Diagnostics diagnostics;
  api::FakeRequest request{"POST", "/app"};
  api::FakeResponse response;
  api::FakeChain chain;
  std::string arrived;  // what the chain read of the body

  void setup() override {
    observe::set_log_sink(keep_log, log_everything);
    chain.rest = [this](api::Request& seen, api::Response&) { return consume(seen); };
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  std::unique_ptr<api::Filter> make(Values values) {
    const container::FilterRow& row = body_validation_rows()[0];
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, row.params, std::move(values), diagnostics);
    return row.make({.name = "f"}, params);
  }
  static Values with(std::initializer_list<std::pair<const char*, const char*>> pairs) {
    Values values;
    for (const auto& [name, value] : pairs) values[name] = {value, {"web.xml", 7, 1}};
    return values;
  }
  // Reads all of the body, as far as its declared length.
  api::Outcome consume(api::Request& seen) {
    char piece[64];
    api::BodyRead got = seen.body().read(piece);
    for (; got.status == api::BodyStatus::data; got = seen.body().read(piece)) {
      arrived.append(piece, got.bytes);
      if (seen.body().declared_length() == arrived.size()) return api::Outcome::answered();
    }
    if (got.status == api::BodyStatus::too_large) return api::Outcome::refused(413, "body_too_large");
    if (got.status == api::BodyStatus::malformed) return api::Outcome::refused(400, "request_body_malformed");
    return api::Outcome::answered();
  }
  std::string run(Values values) {
    arrived.clear();
    const auto filter = make(std::move(values));
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    const api::Outcome outcome = filter->filter(request, response, chain);
    return outcome.is_answered() ? "passed" : std::to_string(outcome.status) + " " + outcome.cause;
  }
  // A body in two pieces, of unknown length.
  std::string judge(const char* type, const std::string& body, Values values = {}) {
    request.the_body = {};
    request.fields.remove("Content-Type");
    if (*type) request.with("Content-Type", type);
    request.with_chunks({body.substr(0, body.size() / 2), body.substr(body.size() / 2)});
    return run(std::move(values));
  }
};

TEST(BodyValidationFilter, hands_on_what_is_well_formed_as_it_came) {
  STRCMP_EQUAL("passed", judge(kForm, kPart + "--XX--\r\n").c_str());
  STRCMP_EQUAL((kPart + "--XX--\r\n").c_str(), arrived.c_str());
  STRCMP_EQUAL("passed", judge("application/soap+xml; charset=utf-8", "<a><b/></a>").c_str());
  STRCMP_EQUAL("<a><b/></a>", arrived.c_str());
  STRCMP_EQUAL("", g_log.c_str());
}

TEST(BodyValidationFilter, refuses_document_types_before_they_are_handed_on) {
  STRCMP_EQUAL("400 xml_refused",
               judge("text/xml", "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///x'><a/>").c_str());
  CHECK_TRUE(arrived.find("DOCTYPE") == std::string::npos);
  STRCMP_EQUAL("NVJ1945 request test-request, filter f, xml_refused: a document type at byte 23: refused\n",
               g_log.c_str());
}

TEST(BodyValidationFilter, never_hands_on_the_end_of_a_body_that_is_incomplete) {
  request.with("Content-Type", "application/xml").with_body("<a><b></a");
  STRCMP_EQUAL("400 xml_refused", run({}).c_str());
  STRCMP_EQUAL("", arrived.c_str());
  STRCMP_EQUAL("400 multipart_refused", judge(kForm, kPart).c_str());
}

TEST(BodyValidationFilter, enforces_each_of_its_limits) {
  const std::string form = kPart + kPart + "--XX--";
  STRCMP_EQUAL("413 multipart_refused", judge(kForm, form, with({{"Multipart.MaxParts", "1"}})).c_str());
  STRCMP_CONTAINS("NVJ1944 request test-request, filter f, multipart_refused: too many parts at byte 62: refused",
                  g_log.c_str());
  STRCMP_EQUAL("passed", judge(kForm, form, with({{"Multipart.MaxParts", "2"}})).c_str());
  STRCMP_EQUAL("413 multipart_refused", judge(kForm, form, with({{"Multipart.MaxPartSize", "4"}})).c_str());
  STRCMP_EQUAL("passed", judge(kForm, form, with({{"Multipart.MaxPartSize", "5"}})).c_str());
  const std::string wide = "--XX\r\nContent-Disposition: form-data; name=a\r\nX-Filler: 123456789012\r\n\r\n\r\n--XX--";
  STRCMP_EQUAL("413 multipart_refused", judge(kForm, wide, with({{"Multipart.MaxHeaderSize", "64"}})).c_str());
  STRCMP_EQUAL("passed", judge(kForm, wide, with({{"Multipart.MaxHeaderSize", "128"}})).c_str());
  const char* xml = "<a b='' c=''><d/><d/></a>";
  STRCMP_EQUAL("413 xml_refused", judge("text/xml", xml, with({{"Xml.MaxDepth", "1"}})).c_str());
  STRCMP_EQUAL("413 xml_refused", judge("text/xml", xml, with({{"Xml.MaxElements", "2"}})).c_str());
  STRCMP_EQUAL("413 xml_refused", judge("text/xml", xml, with({{"Xml.MaxAttributes", "1"}})).c_str());
  STRCMP_EQUAL("passed", judge("text/xml", xml, with({{"Xml.MaxDepth", "2"}, {"Xml.MaxElements", "3"},
                                                      {"Xml.MaxAttributes", "2"}})).c_str());
  STRCMP_EQUAL("413 body_too_large", judge("text/plain", "123456", with({{"MaxRequestBody", "5"}})).c_str());
  STRCMP_EQUAL("passed", judge("text/plain", "12345", with({{"MaxRequestBody", "5"}})).c_str());
}

TEST(BodyValidationFilter, refuses_a_declared_length_before_anything_is_read) {
  request.with("Content-Type", "text/plain").with_body("123456");
  STRCMP_EQUAL("413 body_too_large", run(with({{"MaxRequestBody", "5"}})).c_str());
  LONGS_EQUAL(0, chain.calls);
  LONGS_EQUAL(0, request.the_body.reads);
}

TEST(BodyValidationFilter, knows_which_types_are_expected) {
  const auto expects = with({{"ContentTypes", "application/json\nimage/*"}});
  STRCMP_EQUAL("passed", judge("Application/JSON; charset=utf-8", "{}", expects).c_str());
  STRCMP_EQUAL("passed", judge("image/png", "x", expects).c_str());
  STRCMP_EQUAL("415 content_type_refused", judge("text/xml", "<a/>", expects).c_str());
  STRCMP_EQUAL("415 content_type_refused", judge("", "x", expects).c_str());
  STRCMP_EQUAL("passed", judge("", "<").c_str());
}

TEST(BodyValidationFilter, refuses_types_that_could_be_read_in_two_ways) {
  STRCMP_EQUAL("400 content_type_refused", judge("text/plain, text/xml", "<").c_str());
  STRCMP_EQUAL("400 content_type_refused", judge("xml", "<").c_str());
  request.with("Content-Type", "text/plain").with("Content-Type", "text/xml");
  STRCMP_EQUAL("400 content_type_refused", run({}).c_str());
  STRCMP_EQUAL("400 xml_refused", judge("text/xml; charset=utf-16", "<a/>").c_str());
  STRCMP_EQUAL("400 multipart_refused", judge("multipart/form-data", kPart + "--XX--").c_str());
}

TEST(BodyValidationFilter, judges_types_it_is_told_to) {
  STRCMP_EQUAL("400 xml_refused", judge("text/plain", "<", with({{"Xml.ContentTypes", "text/*"}})).c_str());
  STRCMP_EQUAL("passed", judge("text/xml", "<", with({{"Xml.ContentTypes", ""}})).c_str());
  STRCMP_EQUAL("passed", judge(kForm, "x", with({{"Multipart.ContentTypes", "multipart/mixed"}})).c_str());
}

TEST(BodyValidationFilter, refuses_what_it_cannot_see) {
  request.with("Content-Encoding", "gzip");
  STRCMP_EQUAL("415 body_is_encoded", judge("text/xml", "<a/>").c_str());
  STRCMP_EQUAL("passed", judge("text/plain", "x").c_str());
}

TEST(BodyValidationFilter, only_tells_where_it_is_to_log) {
  STRCMP_EQUAL("passed", judge("text/xml", "<a>&b;</a><c>", with({{"BlockOnError", "log"}})).c_str());
  STRCMP_EQUAL("<a>&b;</a><c>", arrived.c_str());
  STRCMP_EQUAL(
      "NVJ1946 request test-request, filter f, xml_refused: an entity that is not predefined at byte 5: passes, "
      "BlockOnError is log\n",
      g_log.c_str());
  STRCMP_EQUAL("passed", judge("text/xml", "<", with({{"BlockOnError", "off"}})).c_str());
}

TEST(BodyValidationFilter, judges_a_body_that_is_held_as_a_whole) {
  request.set_attribute(api::Request::kBodyAttribute, "<a><b></a>");
  STRCMP_EQUAL("400 xml_refused", judge("text/xml", "<a><b></a>").c_str());
  LONGS_EQUAL(0, chain.calls);
}

TEST(BodyValidationFilter, judges_a_body_that_is_read_again) {
  chain.rest = [](api::Request& seen, api::Response&) {
    char piece[64];
    (void)seen.body().read(piece);
    CHECK_FALSE(seen.body().rewind());
    return api::Outcome::answered();
  };
  STRCMP_EQUAL("passed", judge("text/xml", "<a/>").c_str());
}

TEST(BodyValidationFilter, refuses_a_response_that_is_declared_too_long) {
  chain.rest = [](api::Request&, api::Response& answer) {
    answer.headers().set("Content-Length", "6");
    (void)answer.write(std::string_view("123456"));
    return api::Outcome::answered();
  };
  STRCMP_EQUAL("502 response_too_large", run(with({{"MaxResponseBody", "5"}})).c_str());
  CHECK_FALSE(response.is_committed);
  request.the_method = "HEAD";
  STRCMP_EQUAL("passed", run(with({{"MaxResponseBody", "5"}})).c_str());
}

TEST(BodyValidationFilter, cuts_a_response_that_becomes_too_long) {
  chain.rest = [](api::Request&, api::Response& answer) {
    CHECK_TRUE(answer.write(std::string_view("12345")) == api::WriteStatus::ok);
    CHECK_TRUE(answer.write(std::string_view("6")) == api::WriteStatus::client_gone);
    CHECK_TRUE(answer.finish() == api::WriteStatus::client_gone);
    return api::Outcome::answered();
  };
  (void)run(with({{"MaxResponseBody", "5"}}));
  STRCMP_EQUAL("12345", response.body.c_str());
  CHECK_TRUE(response.is_aborted);
  STRCMP_CONTAINS("NVJ1944", g_log.c_str());
}

TEST(BodyValidationFilter, knows_media_types_from_other_words) {
  (void)make(with({{"ContentTypes", "json"}}));
  STRCMP_CONTAINS("web.xml:7:1: NVJ1312 filter 'f': ContentTypes: 'json' is no media type",
                  diagnostics.faults()[0].line().c_str());
}
