#include "navajo/container/conditional_lines.h"

#include <random>
#include <string>

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using container::ConditionalLines;
using container::InDoubt;
using container::Stage;
using container::Visit;

namespace {

constexpr config::ParamSpec kSpecs[] = {
    {.name = "All", .type = config::ParamType::lines, .conditions = config::Conditions::then_continue},
    {.name = "First", .type = config::ParamType::lines, .conditions = config::Conditions::then_break},
    {.name = "Plain", .type = config::ParamType::lines},
};

std::string g_log;
void keep_log(observe::LogId, std::string_view text) { g_log += text; }
bool log_everything(observe::Level) { return true; }

// What a reader of the documentation would do by hand: conditions are "Condition:ENV:<name>:^1$".
class ByHand {
 public:
  ByHand(const std::vector<std::string>& lines, const api::FakeRequest& request) : lines_(lines), request_(request) {}
  std::string run(bool breaks) {
    std::string out;
    (void)walk(true, breaks, out);
    return out;
  }

 private:
  bool holds(std::string line) const {
    const bool negated = line[0] == '!';
    if (negated) line.erase(0, 1);
    const std::string name = line.substr(14, line.rfind(':') - 14);
    const auto found = request_.variables.find(name);
    return (found != request_.variables.end() && found->second == "1") != negated;
  }
  // The lines of one block; true: all is over.
  bool walk(bool active, bool breaks, std::string& out) {
    bool all_hold = active;
    while (at_ < lines_.size()) {
      const std::string line = lines_[at_++];
      if (line.find("Condition:") < 2) {
        all_hold = all_hold && holds(line);
      } else if (line == "Pragma:block-end") {
        return false;
      } else if (line == "Pragma:block-begin") {
        if (walk(all_hold, breaks, out)) return true;
        all_hold = active;
      } else if (line == "Pragma:break" || line == "Pragma:continue") {
        breaks = line == "Pragma:break";
      } else {
        if (all_hold) out += line + " ";
        if (all_hold && breaks) return true;
        all_hold = active;
      }
    }
    return false;
  }
  const std::vector<std::string>& lines_;
  const api::FakeRequest& request_;
  size_t at_ = 0;
};

}  // namespace

TEST_GROUP(ConditionalLines) {
  config::Diagnostics diagnostics;
  api::FakeRequest request{"POST", "/app/x?a=1"};
  http::HeaderList response_fields;
  http::Parameters parameters{request.arena};

  void setup() override {
    observe::set_log_sink(keep_log, log_everything);
    request.with("User-Agent", "Curl/8").with("X-Path", "a:b");
    request.variables["ONE"] = "1";
    response_fields.set("Content-Type", "text/html");
    CHECK_TRUE(parameters.add("a=1&a=2"));
    request.the_parameters = &parameters;
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  ConditionalLines make(const std::string& text, const char* name = "All", Stage stage = Stage::request) {
    const config::Params params("filter 'f'", {"web.xml", 1, 1}, kSpecs, {{name, {text, {"web.xml", 10, 5}}}},
                                diagnostics);
    return ConditionalLines(params, name, stage);
  }
  std::string active(const ConditionalLines& lines, InDoubt in_doubt = InDoubt::skip) {
    std::string out;
    lines.for_each_active(request, &response_fields, in_doubt, [&](size_t entry) {
      out += lines.entries()[entry].text + " ";
      return Visit::taken;
    });
    return out;
  }
  std::string active(const std::string& text, const char* name = "All", Stage stage = Stage::request) {
    const ConditionalLines lines = make(text, name, stage);
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    return active(lines);
  }
  bool holds(const std::string& condition) { return active(condition + "\nx", "All", Stage::response) == "x "; }
  std::string faults(const std::string& text, const char* name = "All") {
    diagnostics = {};
    (void)make(text, name);
    std::string out;
    for (const config::Fault& fault : diagnostics.faults()) out += fault.line() + "\n";
    return out;
  }
};

TEST(ConditionalLines, entries_without_conditions_are_always_active) {
  const ConditionalLines lines = make("\n  a\n  b  \n");
  CHECK_TRUE(lines.unconditional());
  STRCMP_EQUAL("a b ", active(lines).c_str());
  STRCMP_EQUAL("web.xml", lines.entries()[1].where.file.c_str());
  LONGS_EQUAL(12, lines.entries()[1].where.line);
  CHECK_TRUE(make("").empty());
  STRCMP_EQUAL("", active(ConditionalLines()).c_str());
}

TEST(ConditionalLines, a_condition_is_for_the_entry_after_it) {
  STRCMP_EQUAL("b ", active("Condition:ENV:NONE:1\na\nb").c_str());
  STRCMP_EQUAL("a b ", active("Condition:ENV:ONE:1\na\nb").c_str());
  STRCMP_EQUAL("a b ", active("!Condition:ENV:NONE:1\na\nb").c_str());
  STRCMP_EQUAL("b ", active("!Condition:ENV:ONE:1\na\nb").c_str());
}

TEST(ConditionalLines, several_conditions_must_hold_together) {
  STRCMP_EQUAL("a ", active("Condition:ENV:ONE:1\nCondition:HEADER:User-Agent:^Curl\na").c_str());
  STRCMP_EQUAL("", active("Condition:ENV:ONE:1\nCondition:HEADER:User-Agent:^Wget\na").c_str());
  STRCMP_EQUAL("", active("Condition:HEADER:User-Agent:^Wget\nCondition:ENV:ONE:1\na").c_str());
}

TEST(ConditionalLines, looks_where_the_source_says) {
  const struct {
    const char* condition;
    bool holds;
  } rows[] = {
      {"Condition:HEADER:user-agent:^Curl", true},
      {"Condition:HEADER:User-Agent:PCRE(ci)/^curl/", true},
      {"Condition:HEADER:User-Agent:^curl", false},
      {"Condition: HEADER : User-Agent : ^Curl", true},
      {"Condition:REMOTE_ADDR:CIDR/192.0.2.0/24/", true},
      {"!Condition:REMOTE_ADDR:CIDR/192.0.2.0/24/", false},
      {"Condition:REMOTE_ADDR:CIDR/2001\\:db8\\:\\:/32/", false},
      {"!Condition:REMOTE_ADDR:CIDR/2001:db8::/32/", true},
      {"Condition:HTTP_USER_AGENT:Curl", true},
      {"Condition:ENV:REQUEST_METHOD:^(?:POST|PUT)$", true},
      {"Condition:REQUEST_METHOD:^(?:POST|PUT)$", true},
      {"Condition:HEADER:X-Path:a\\:b", true},
      {"Condition:HEADER:X-Path:a:b", true},
      {"Condition:REQUEST_URI:GLOB//app/*/", true},
      {"Condition:CONST:yes:^yes$", true},
      {"Condition:CONST:a\\:b:^a:b$", true},
      {"Condition:ENV:bcx.servlet.response.Content-Type:^text/", true},
      {"Condition:RESP:Content-Type:^text/", true},
      {"Condition:ENV:NOBODY_SETS_IT:^$", true},
      {"Condition:SESSION:x:.", false},
      {"Condition:PARAM:a:^1$", true},
      {"Condition:PARAM:b:.", false},
      {"Condition:AUTH:user.auth.UserId:.", false},
  };
  for (const auto& row : rows) CHECK_EQUAL_TEXT(row.holds, holds(row.condition), row.condition);
}

TEST(ConditionalLines, authentication_is_asked_before_the_session) {
  api::FakeSession session;
  session.values["user.auth.UserId"] = "anna";
  request.set_session_source(&session);
  CHECK_TRUE(holds("Condition:AUTH:user.auth.UserId:^anna$"));
  CHECK_TRUE(holds("Condition:SESSION:user.auth.UserId:^anna$"));
  request.set_attribute("user.auth.UserId", "bert");
  CHECK_TRUE(holds("Condition:AUTH:user.auth.UserId:^bert$"));
  CHECK_TRUE(holds("Condition:SESSION:user.auth.UserId:^anna$"));
}

TEST(ConditionalLines, break_ends_with_the_first_entry_taken) {
  STRCMP_EQUAL("a ", active("a\nb", "First").c_str());
  STRCMP_EQUAL("b ", active("Condition:ENV:NONE:1\na\nb\nc", "First").c_str());
  STRCMP_EQUAL("a b ", active("Pragma:continue\na\nPragma: break\nb\nc", "First").c_str());
  STRCMP_EQUAL("a ", active("Pragma:  break\na\nb").c_str());
}

TEST(ConditionalLines, the_visitor_decides_what_is_taken) {
  const ConditionalLines lines = make("a\nb\nc", "First");
  std::string seen;
  const auto visit = [&](Visit visit) {
    seen.clear();
    lines.for_each_active(request, nullptr, InDoubt::skip, [&](size_t entry) {
      seen += lines.entries()[entry].text;
      return entry == 1 ? visit : Visit::not_taken;
    });
    return seen;
  };
  STRCMP_EQUAL("abc", visit(Visit::not_taken).c_str());
  STRCMP_EQUAL("ab", visit(Visit::taken).c_str());
  STRCMP_EQUAL("ab", visit(Visit::stop).c_str());
}

TEST(ConditionalLines, conditions_before_a_block_are_for_all_of_it) {
  const std::string block = "Pragma: block-begin\na\nCondition:ENV:ONE:1\nb\nPragma: block-end\nc";
  STRCMP_EQUAL("a b c ", active("Condition:ENV:ONE:1\n" + block).c_str());
  STRCMP_EQUAL("c ", active("Condition:ENV:NONE:1\n" + block).c_str());
  STRCMP_EQUAL("a b c ", active(block).c_str());
  STRCMP_EQUAL("d ", active("Condition:ENV:NONE:1\nPragma:block-begin\n" + block + "\nPragma:block-end\nd").c_str());
}

TEST(ConditionalLines, a_pragma_in_a_block_ends_with_it) {
  STRCMP_EQUAL("a b c ", active("Condition:ENV:NONE:1\nPragma:block-begin\nPragma:break\nx\nPragma:block-end\na\nb\nc")
                             .c_str());
  STRCMP_EQUAL("x ", active("Pragma:block-begin\nPragma:break\nx\ny\nPragma:block-end\na").c_str());
}

TEST(ConditionalLines, does_by_the_book_whatever_the_lines) {
  std::mt19937 random(20260101);
  const auto roll = [&](unsigned sides) { return static_cast<unsigned>(random() % sides); };
  for (int round = 0; round < 3000; round++) {
    std::vector<std::string> lines;
    int depth = 0;
    for (unsigned size = roll(14), number = 0; number < size; number++) {
      for (unsigned n = roll(3); n > 0; n--) {
        lines.push_back(std::string(roll(3) ? "" : "!") + "Condition:ENV:V" + std::to_string(roll(4)) + ":^1$");
        if (roll(6) == 0) lines.push_back(roll(2) ? "Pragma:break" : "Pragma:continue");
      }
      if (roll(5) == 0) {
        lines.push_back("Pragma:block-begin");
        depth++;
      } else {
        lines.push_back("entry" + std::to_string(number));
      }
      if (depth > 0 && roll(3) == 0) {
        lines.push_back("Pragma:block-end");
        depth--;
      }
    }
    for (; depth > 0; depth--) lines.push_back("Pragma:block-end");
    request.variables.clear();
    for (int v = 0; v < 4; v++)
      if (roll(2)) request.variables["V" + std::to_string(v)] = roll(4) ? "1" : "10";
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    const bool breaks = roll(2);
    STRCMP_EQUAL_TEXT(ByHand(lines, request).run(breaks).c_str(), active(text, breaks ? "First" : "All").c_str(),
                      text.c_str());
  }
}

TEST(ConditionalLines, an_entry_in_doubt_is_up_to_the_caller) {
  request.with("X-Long", std::string(60, 'a') + "!");
  for (const char* sign : {"", "!"}) {
    const ConditionalLines lines = make(std::string(sign) + "Condition:HEADER:X-Long:^(a+)+$\na\nb");
    STRCMP_EQUAL("b ", active(lines).c_str());
    STRCMP_EQUAL("a b ", active(lines, InDoubt::take).c_str());
    LONGS_EQUAL(2, lines.doubts());
  }
  STRCMP_CONTAINS("NVJ1460 filter 'f': All, line 10: the condition cannot be decided for 61 bytes of request "
                  "test-request", g_log.c_str());
  // What fails for certain is no longer in doubt.
  const ConditionalLines lines = make("Condition:HEADER:X-Long:^(a+)+$\nCondition:ENV:NONE:1\na\nb");
  STRCMP_EQUAL("b ", active(lines, InDoubt::take).c_str());
}

TEST(ConditionalLines, every_fault_is_named_at_its_own_line) {
  const struct {
    const char *text, *fault;
  } rows[] = {
      {"a\nPragma:brake\nb", "web.xml:11:1: NVJ1312 filter 'f': All: the pragma 'brake' is not one of break, continue, "
                             "block-begin, block-end, did you mean 'break'?\n"},
      {"a\n  Pragma:block-begin\nb", "web.xml:11:3: NVJ1312 filter 'f': All: the block that begins here has no "
                                     "Pragma:block-end\n"},
      {"a\nPragma:block-end", "web.xml:11:1: NVJ1312 filter 'f': All: there is no Pragma:block-begin for this "
                              "block-end\n"},
      {"a\nCondition:ENV:X:1", "web.xml:11:1: NVJ1312 filter 'f': All: there is no entry between this condition and "
                               "the end\n"},
      {"Pragma:block-begin\na\nCondition:ENV:X:1\nPragma:block-end",
       "web.xml:12:1: NVJ1312 filter 'f': All: there is no entry between this condition and the end of its block\n"},
      {"Condition:ENV:X\na", "web.xml:10:5: NVJ1312 filter 'f': All: a condition is "
                             "Condition:SOURCE:variable:regex\n"},
      {"Condition:X\na", "web.xml:10:5: NVJ1312 filter 'f': All: a condition is Condition:SOURCE:variable:regex\n"},
      {"Condition:X:\na", "web.xml:10:5: NVJ1312 filter 'f': All: the condition has no regex\n"},
      {"Condition:ENV:X:(\na", "web.xml:10:5: NVJ1312 filter 'f': All: regex: missing closing parenthesis at "
                               "character 2\n"},
      {"Condition:HAEDER:X:1\na", "web.xml:10:5: NVJ1312 filter 'f': All: 'HAEDER' is not a source, did you mean "
                                  "'HEADER'?\n"},
      {"Condition:HEADER:X Y:1\na", "web.xml:10:5: NVJ1312 filter 'f': All: 'X Y' is not a header name\n"},
      {"Condition:AUTH::1\na", "web.xml:10:5: NVJ1312 filter 'f': All: AUTH needs a name\n"},
      {"Condition:RESP:Server:x\na", "web.xml:10:5: NVJ1312 filter 'f': All: the response field 'Server' is not known "
                                     "before the answer\n"},
      {"Condition:ENV:bcx.servlet.connection.KeepAlive:1\na",
       "web.xml:10:5: NVJ1312 filter 'f': All: there is no variable 'bcx.servlet.connection.KeepAlive', did you mean "
       "'bcx.servlet.connection.KeepAlives'?\n"},
      {"condition:ENV:X:1\na", "web.xml:10:5: NVJ1312 filter 'f': All: 'condition:' is not known, did you mean "
                               "'Condition:'?\n"},
      {"! Condition:ENV:X:1\na", "web.xml:10:5: NVJ1312 filter 'f': All: '! Condition:' is not known, did you mean "
                                 "'!Condition:'?\n"},
      {"pragma: break\na", "web.xml:10:5: NVJ1312 filter 'f': All: 'pragma:' is not known, did you mean 'Pragma:'?\n"},
      {"Pragma:brake\nCondition:X\na\nPragma:block-end",
       "web.xml:10:5: NVJ1312 filter 'f': All: the pragma 'brake' is not one of break, continue, block-begin, "
       "block-end, did you mean 'break'?\n"
       "web.xml:11:1: NVJ1312 filter 'f': All: a condition is Condition:SOURCE:variable:regex\n"
       "web.xml:13:1: NVJ1312 filter 'f': All: there is no Pragma:block-begin for this block-end\n"},
  };
  for (const auto& row : rows) STRCMP_EQUAL_TEXT(row.fault, faults(row.text).c_str(), row.text);
}

TEST(ConditionalLines, a_field_called_pragma_is_written_in_another_case) {
  STRCMP_EQUAL("pragma:CONST:no-cache ", active("pragma:CONST:no-cache").c_str());
}

TEST(ConditionalLines, a_parameter_without_conditions_refuses_them) {
  diagnostics = {};
  const config::Params params("filter 'f'", {"web.xml", 1, 1}, kSpecs,
                              {{"Plain", {"a\nCondition:ENV:X:1\nb\nPragma: break", {"web.xml", 10, 5}}}}, diagnostics);
  LONGS_EQUAL(2, diagnostics.faults().size());
  STRCMP_EQUAL("web.xml:11:1: NVJ1312 filter 'f': Plain takes no conditions and no pragmas",
               diagnostics.faults()[0].line().c_str());
  CHECK_THROWS(std::logic_error, ConditionalLines(params, "Plain", Stage::request));
}
