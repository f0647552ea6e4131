#include "navajo/rules/expression.h"

#include <random>
#include <string>

#include "navajo/config/text.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::rules;

namespace {

Condition test_of(Field field, std::string name, MatchKind kind, std::string text, bool ignore_case = false) {
  Condition out;
  out.op = Condition::Op::test;
  out.field = field;
  out.name = std::move(name);
  out.matcher.kind = kind;
  out.matcher.text = std::move(text);
  out.matcher.ignore_case = ignore_case;
  return out;
}

}  // namespace

TEST_GROUP(Expression) {
  std::vector<ValueList> lists;
  std::map<std::string, Macro, std::less<>> macros;
  void setup() override {
    lists.resize(2);
    lists[0].name = "words";
    lists[1].name = "nets";
    lists[1].kind = ValueList::Kind::network;
  }
  Names names() const { return {lists, &macros}; }
  Condition parse(const std::string& text) {
    auto parsed = parse_expression(text, names());
    if (!parsed.ok()) FAIL((text + ": " + parsed.error().text + " at " + std::to_string(parsed.error().at)).c_str());
    return *parsed;
  }
  // Without quotes that are not needed the text is what to_expression() writes.
  void means(const std::string& text, const std::string& canonical) {
    const Condition condition = parse(text);
    STRCMP_EQUAL(canonical.c_str(), to_expression(condition, lists).c_str());
    if (!same(condition, parse(canonical))) FAIL((text + " is another tree than " + canonical).c_str());
  }
  void refused(const std::string& text, size_t at, const char* why) {
    const auto parsed = parse_expression(text, names());
    if (parsed.ok()) FAIL((text + " has to be refused").c_str());
    STRCMP_CONTAINS(why, parsed.error().text.c_str());
    UNSIGNED_LONGS_EQUAL_TEXT(at, parsed.error().at, text.c_str());
  }
};

TEST(Expression, of_the_issue_is_understood) {
  const Condition all = parse(
      "host(\"*.example.org\") and not (method(GET) or path(\"/public/**\")) and header(\"X-Api~^v1\")");
  CHECK_TRUE(all.op == Condition::Op::all);
  UNSIGNED_LONGS_EQUAL(3, all.operands.size());
  CHECK_TRUE(same(all.operands[0], test_of(Field::host, "", MatchKind::glob, "*.example.org")));
  const Condition& negation = all.operands[1];
  CHECK_TRUE(negation.op == Condition::Op::negation && negation.operands[0].op == Condition::Op::any);
  CHECK_TRUE(same(negation.operands[0].operands[0], test_of(Field::method, "", MatchKind::exact, "GET")));
  CHECK_TRUE(same(negation.operands[0].operands[1], test_of(Field::path, "", MatchKind::glob, "/public/**")));
  CHECK_TRUE(same(all.operands[2], test_of(Field::header, "x-api", MatchKind::regex, "^v1")));
}

TEST(Expression, not_binds_before_and_and_before_or) {
  means("not user() and scheme(http) or always", "not user() and scheme(\"http\") or always");
  means("user() or user() and user()", "user() or user() and user()");
  means("(user() or user()) and user()", "(user() or user()) and user()");
  means("not (user() and user())", "not (user() and user())");
  means("NOT not USER() And (always) oR always", "not not user() and always or always");
  const Condition any = parse("user() and user() or always");
  CHECK_TRUE(any.op == Condition::Op::any && any.operands[0].op == Condition::Op::all);
}

TEST(Expression, the_same_said_with_more_parentheses_is_the_same_tree) {
  CHECK_TRUE(same(parse("((user() and (always and user())))"), parse("user() and always and user()")));
  CHECK_TRUE(same(parse("method(GET, HEAD)"), parse("method(GET) or (method(HEAD))")));
  CHECK_FALSE(same(parse("method(GET, HEAD)"), parse("method(HEAD, GET)")));
}

TEST(Expression, texts_are_globs_exact_patterns_or_lists) {
  means("path(/a)", "path(\"/a\")");
  CHECK_TRUE(parse("path(/a)").matcher.kind == MatchKind::exact);
  CHECK_TRUE(parse("path(\"/a/*\")").matcher.kind == MatchKind::glob);
  CHECK_TRUE(parse("path('=/a/*')").matcher.kind == MatchKind::exact);
  CHECK_TRUE(parse("path('~^/a')").matcher.kind == MatchKind::regex);
  CHECK_TRUE(parse("path(@words)").matcher.kind == MatchKind::list);
  CHECK_TRUE(parse("query(:=*)").matcher.kind == MatchKind::glob);
  means("path('=/a/*')", "path(\"=/a/*\")");
  means("query(:=*)", "query(\":=*\")");
  means("query('==x')", "query(\"==x\")");
  means("query(\"\")", "query(\"\")");
  means("query()", "query()");
  means("query(%Abc)", "query(\"%Abc\")");
  means("query(%=A*c)", "query(\"%=A*c\")");
  means("query('%~a.c')", "query(\"%~a.c\")");
  means("body('~\\d+\"''x')", "body(\"~\\d+\"\"'x\")");
  CHECK_TRUE(parse("query(%Abc)").matcher.ignore_case);
}

TEST(Expression, named_fields_have_a_name_first) {
  means("header(X-Api)", "header(\"x-api\")");
  means("header(\"X-Api: v*\")", "header(\"x-api: v*\")");
  means("header(X-Api:v1)", "header(\"x-api=v1\")");
  means("cookie(Sid=a:b)", "cookie(\"Sid=a:b\")");
  means("parameter('form\\:field=1')", "parameter(\"form\\:field=1\")");
  STRCMP_EQUAL("form:field", parse("parameter('form\\:field=1')").name.c_str());
  means("tag(x@words) or tls(protocol=TLSv1.3)", "tag(\"x@words\") or tls(\"protocol=TLSv1.3\")");
  means("response.header(Server%:a*)", "response.header(\"server%:a*\")");
}

TEST(Expression, hosts_are_lower_case_and_methods_upper_case) {
  means("host(WWW.Example.ORG)", "host(\"www.example.org\")");
  means("host(%*.Example.ORG)", "host(\"*.example.org\")");
  means("method(get) or country(ch) or scheme(HTTPS)", "method(\"GET\") or country(\"CH\") or scheme(\"https\")");
}

TEST(Expression, numbers_are_ranges) {
  means("port(443)", "port(\"443\")");
  means("port(8000-8999, 443)", "port(\"8000-8999\", \"443\")");
  means("request.size(>1M)", "request.size(\">=1048577\")");
  means("request.size(>=1k)", "request.size(\">=1024\")");
  means("request.size(<2G)", "request.size(\"<=2147483647\")");
  means("duration(>=1s) or duration(<= 20ms) or duration(1-2)",
        "duration(\">=1000\", \"<=20\", \"1-2\")");
  means("status(500-599)", "status(\"500-599\")");
  means("status()", "status()");
}

TEST(Expression, addresses_are_networks_and_times_are_windows) {
  means("client(10.0.0.0/8, ::1, @nets)", "client(\"10.0.0.0/8\", \"::1\", \"@nets\")");
  means("peer()", "peer()");
  means("time(Mon-Fri 08:00-18:00 Europe/Zurich)", "time(\"Mon-Fri 08:00-18:00 Europe/Zurich\")");
}

TEST(Expression, macros_are_put_in) {
  macros["inside"].when = parse("client(10.0.0.0/8) or client(::1)");
  means("not method(a, b) and (port(1) or port())", "not method(\"A\", \"B\") and (port(\"1\") or port())");
  means("macro(inside) and user()", "client(\"10.0.0.0/8\", \"::1\") and user()");
  CHECK_TRUE(macros["inside"].used);
  refused("user() or macro(insid)", 16, "did you mean 'inside'");
  refused("macro(a, b)", 0, "takes one name");
}

TEST(Expression, says_what_it_expected_and_where) {
  refused("", 0, "expected a condition");
  refused("  ", 2, "expected a condition");
  refused("user() and", 10, "expected a condition, not the end");
  refused("user() user()", 7, "expected 'and', 'or' or the end, not 'user'");
  refused("(user()", 7, "expected ')' for the '(' at character 1");
  refused("user(", 5, "expected an argument, not the end");
  refused("path(\"/a\"", 9, "'(' at character 5 is not closed");
  refused("path(\"/a)", 5, "quote is not closed");
  refused("path(/a(b))", 7, "needs quotes");
  refused("path(,)", 5, "expected an argument");
  refused("pth(/a)", 0, "did you mean 'path'");
  refused("path /a", 5, "expected '(' behind 'path'");
  refused("user() and )", 11, "not ')'");
  refused("header()", 0, "header needs a name");
  refused("header(=x)", 7, "header needs a name");
  refused("time()", 0, "time needs a window");
  refused("time(\"8-18\")", 6, "time of the day");
  refused("port(http)", 5, "a number like 443");
  refused("port(1K)", 5, "a number like 443");
  refused("port(20-10)", 5, "ends before it begins");
  refused("port(<0)", 5, "can never hold");
  refused("request.size(1X)", 13, "a size like");
  refused("client(10.0.0.0/33)", 7, "prefix length");
  refused("client(*)", 7, "not an IPv4 or IPv6 address");
  refused("client(@words)", 8, "needs one of networks");
  refused("host(@nets)", 6, "needs one of texts");
  refused("host(@word)", 6, "did you mean 'words'");
  refused("path('~(')", 7, "regular expression");
  refused("path('/[a')", 6, "not closed");
  refused("tls(version)", 4, "tls has no 'version'");
  refused("path(/a, '~(')", 11, "regular expression");
}

TEST(Expression, is_nested_up_to_a_limit) {
  const auto nested = [](size_t levels) {
    std::string out = "user()";
    for (size_t i = 0; i < levels; i++) out = "not (" + out + ")";
    return out;
  };
  CHECK_TRUE(parse_expression(nested(kMaxConditionDepth / 2 - 1), names()).ok());
  CHECK_FALSE(parse_expression(nested(kMaxConditionDepth), names()).ok());
  CHECK_FALSE(parse_expression(std::string(100000, '('), names()).ok());
  std::string many;
  for (int i = 0; i < 100000; i++) many += "not ";
  CHECK_FALSE(parse_expression(many + "user()", names()).ok());
  std::string wide = "user()";
  for (size_t i = 0; i < kMaxConditionSize; i++) wide += " or user()";
  CHECK_FALSE(parse_expression(wide, names()).ok());
}

TEST(Expression, macros_in_macros_do_not_grow_for_ever) {
  macros["m0"].when = parse("user() or scheme(http)");
  bool refused_once = false;
  for (int i = 1; i < 40 && !refused_once; i++) {
    const std::string before = "macro(m" + std::to_string(i - 1) + ")";
    const auto next = parse_expression(before + " and user() and " + before, names());
    refused_once = !next.ok();
    if (next.ok()) macros["m" + std::to_string(i)].when = *next;
  }
  CHECK_TRUE(refused_once);
}

namespace {

// Trees as the readers may make them.
class RandomConditions {
 public:
  explicit RandomConditions(uint32_t seed) : random_(seed) {}
  Condition make(int depth) {
    const uint32_t kind = below(depth > 0 ? 8 : 4);
    if (kind == 0 && below(4) == 0) return Condition();
    if (kind < 4) return test();
    if (kind == 4) return not_of(make(depth - 1));
    std::vector<Condition> operands;
    for (uint32_t i = 0, count = 1 + below(4); i < count; i++) operands.push_back(make(depth - 1));
    return kind < 7 ? all_of(std::move(operands)) : any_of(std::move(operands));
  }

 private:
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  std::string text() {
    constexpr std::string_view letters = "ab\"'\\*?[]:=~@%(),. \xc3\xa4/-and";
    std::string out;
    for (uint32_t i = 0, count = below(6); i < count; i++) out += letters[below(letters.size())];
    return out;
  }
  Condition test() {
    Condition out;
    out.op = Condition::Op::test;
    out.field = static_cast<Field>(below(kFieldCount));
    const FieldRow& row = row_of(out.field);
    if (row.shape == Shape::named) out.name = out.field == Field::tls ? "cipher" : "n" + text() + "m";
    if (row.field == Field::header || row.field == Field::response_header) out.name = config::lower_case(out.name);
    const std::vector<ValueList> lists(1);
    for (;;) {
      const auto kind = static_cast<MatchKind>(below(8));
      std::string value = text();
      if (kind == MatchKind::network) value = "10." + std::to_string(below(256)) + ".0.0/" + std::to_string(below(33));
      if (kind == MatchKind::time) value = "Mon-Fri 08:00-18:00";
      if (kind == MatchKind::list) continue;
      if (kind == MatchKind::range) {
        const uint32_t from = below(1000);
        const std::string forms[] = {std::to_string(from), ">" + std::to_string(from), "<=" + std::to_string(from),
                                     std::to_string(from) + "-" + std::to_string(from + below(100))};
        value = forms[below(4)];
      }
      if (kind == MatchKind::exists && row.kind == FieldKind::time) continue;
      auto matcher = make_matcher(row, kind, value, below(4) == 0, {});
      if (!matcher.ok()) continue;
      out.matcher = std::move(*matcher);
      return out;
    }
  }
  std::mt19937 random_;
};

}  // namespace

TEST(Expression, any_condition_written_out_and_parsed_is_the_same_tree) {
  RandomConditions random(20261128);
  for (int i = 0; i < 3000; i++) {
    const Condition condition = random.make(4);
    const std::string text = to_expression(condition, lists);
    const auto parsed = parse_expression(text, names());
    if (!parsed.ok()) FAIL((text + ": " + parsed.error().text).c_str());
    if (!same(condition, *parsed)) FAIL((text + " came back as " + to_expression(*parsed, lists)).c_str());
  }
}
