#include "navajo/rules/rules_xml.h"

#include <string>

#include "navajo/config/temporary_folder.h"
#include "navajo/rules/condition.h"
#include "navajo/rules/expression.h"
#include "navajo/rules/vocabulary.h"

#include "CppUTest/TestHarness.h"

#include "CppUTest/MemoryLeakWarningPlugin.h"

using namespace navajo;
using namespace navajo::rules;

namespace {

// Tables that are made when they are first asked for are no leaks of a test.
[[maybe_unused]] const bool kTableMade = row_below(root_row(), "rule") != nullptr;

}  // namespace

TEST_GROUP(RulesXml) {
  config::TemporaryFolder folder;
  config::Diagnostics diagnostics;

  RuleFile parse(const std::string& inside) {
    return parse_rule_file(folder.file("rules.xml"), "<rules>\n" + inside + "\n</rules>\n", diagnostics);
  }
  RuleFile good(const std::string& inside) {
    RuleFile out = parse(inside);
    for (const config::Fault& fault : diagnostics.faults()) FAIL((inside + "\n" + fault.line()).c_str());
    return out;
  }
  // "2:7: text": line and column, and a part of the text, of one fault that is there.
  void has(const std::string& place, const std::string& text) {
    std::string all;
    for (const config::Fault& fault : diagnostics.faults()) {
      const std::string here = std::to_string(fault.where.line) + ":" + std::to_string(fault.where.column);
      if (here == place && fault.text.find(text) != std::string::npos) return;
      all += fault.line() + "\n";
    }
    FAIL((place + " " + text + " is missing in\n" + all).c_str());
  }
  void refused(const std::string& inside, const std::string& place, const std::string& text) {
    diagnostics = config::Diagnostics();
    parse(inside);
    has(place, text);
    if (diagnostics.count() != 1) FAIL((inside + ": " + std::to_string(diagnostics.count()) + " faults").c_str());
  }
  template <class T>
  T only_action(const std::string& action, const char* set = "<set name='s'>") {
    const RuleFile file = good(std::string(set) + "<rule id='a' when='always'>" + action + "</rule></set>");
    UNSIGNED_LONGS_EQUAL(1, file.sets[0].rules[0].then.size());
    const T* const out = std::get_if<T>(&file.sets[0].rules[0].then[0]);
    if (!out) FAIL(action.c_str());
    return *out;
  }
  std::string text(const Template& from) {
    std::string out;
    for (const Template::Part& part : from.parts) {
      out += part.literal;
      if (part.rule) out += "<rule>";
      if (part.variable) out += std::string("<") + row_of(*part.variable).word + ":" + part.name + ">";
    }
    return out;
  }
};

TEST(RulesXml, both_forms_of_a_condition_are_the_same_tree) {
  const struct {
    const char *expression, *elements;
  } rows[] = {
      {"always", "<always/>"},
      {"path('/a/**')", "<path glob='/a/**'/>"},
      {"path('/a')", "<path equals='/a'/>"},
      {"path('/a')", "<path glob='/a'/>"},
      {"path('=/a*')", "<path equals='/a*'/>"},
      {"path('~^/a')", "<path matches='^/a'/>"},
      {"path('%/A*')", "<path glob='/A*' ignoreCase='true'/>"},
      {"path(@l)", "<path list='l'/>"},
      {"user()", "<user/>"},
      {"host(EXAMPLE.org)", "<host equals='Example.ORG'/>"},
      {"method(get)", "<method equals='GET'/>"},
      {"method(GET, HEAD)", "<any><method equals='GET'/><method equals='HEAD'/></any>"},
      {"header(X-Api)", "<header name='x-api'/>"},
      {"header('X-Api~^v1')", "<header name='X-Api' matches='^v1'/>"},
      {"parameter('a\\=b=c')", "<parameter name='a=b' equals='c'/>"},
      {"client(10.0.0.0/8)", "<client network='10.0.0.0/8'/>"},
      {"client(@n)", "<client list='n'/>"},
      {"port(1-2)", "<port range='1-2'/>"},
      {"request.size(>1M)", "<request.size range='>1M'/>"},
      {"time('Sat-Sun')", "<time window='Sat-Sun'/>"},
      {"macro(m)", "<macro name='m'/>"},
      {"user() and scheme(http)", "<user/><scheme equals='http'/>"},
      {"user() and scheme(http)", "<all><all><user/></all><scheme equals='http'/></all>"},
      {"not (user() and scheme(http))", "<not><user/><scheme equals='http'/></not>"},
      {"not user() or (scheme(http) and port(1))",
       "<any><not><user/></not><all><scheme equals='http'/><port range='1'/></all></any>"},
  };
  for (const auto& row : rows) {
    const RuleFile file = good("<list name='l'>a</list><list name='n' type='network'>::1</list>"
                               "<macro name='m' when='user() or port(1)'/>"
                               "<rule id='a' when=\"" + std::string(row.expression) + "\"/>"
                               "<rule id='b'><when>" + row.elements + "</when></rule>");
    const std::vector<Rule>& rules = file.sets[0].rules;
    if (!same(rules[0].when, rules[1].when))
      FAIL((std::string(row.expression) + " and " + to_expression(rules[1].when, file.lists)).c_str());
  }
}

TEST(RulesXml, every_fact_has_an_element) {
  for (const FieldRow& field : kFields) {
    std::string attributes = field.shape == Shape::named ? " name='cipher'" : "";
    if (field.kind == FieldKind::time) attributes += " window='Mon'";
    const RuleFile file = good("<set name='s' phase='response'><rule id='a'><when><" + std::string(field.word) +
                               attributes + "/></when></rule></set>");
    CHECK_TRUE(file.sets[0].rules[0].when.field == field.field);
  }
}

TEST(RulesXml, both_forms_together_have_to_hold_both) {
  const RuleFile file = good("<rule id='a' when='user()'><when><port range='1'/></when></rule>");
  STRCMP_EQUAL("user() and port(\"1\")", to_expression(file.sets[0].rules[0].when, file.lists).c_str());
}

TEST(RulesXml, sets_have_their_phase_and_evaluation) {
  const RuleFile file = good(
      "<set name='a'><rule id='1' when='always' continue='true'/></set>"
      "<set name='b' phase='response' match='all' shadow='true'><rule id='2' when='status(500)'/></set>"
      "<rule id='3' when='always' shadow='true'/><set name='c'/><rule id='4' when='always'><else/></rule>");
  UNSIGNED_LONGS_EQUAL(4, file.sets.size());
  CHECK_TRUE(file.sets[0].phase == Phase::request && file.sets[0].evaluation == Evaluation::first);
  CHECK_TRUE(file.sets[0].rules[0].go_on && !file.sets[0].rules[0].shadow);
  CHECK_TRUE(file.sets[1].phase == Phase::response && file.sets[1].evaluation == Evaluation::all);
  CHECK_TRUE(file.sets[1].rules[0].shadow);
  STRCMP_EQUAL("default", file.sets[2].name.c_str());
  UNSIGNED_LONGS_EQUAL(2, file.sets[2].rules.size());
  CHECK_TRUE(file.sets[2].rules[0].shadow && !file.sets[2].rules[1].shadow);
  CHECK_TRUE(file.sets[2].rules[1].two_armed && file.sets[2].rules[1].otherwise.empty());
  LONGS_EQUAL(2, file.sets[2].rules[1].where.line);
}

TEST(RulesXml, reads_every_action) {
  CHECK_TRUE(std::holds_alternative<Pass>(Action(only_action<Pass>("<pass/>"))));
  const Block block = only_action<Block>(
      "<block status='410'><field name='X-Why' value='${rule.id}'/>"
      "<body type='text/html'> no, ${path} </body></block>");
  LONGS_EQUAL(410, block.status);
  STRCMP_EQUAL("text/html", block.content_type.c_str());
  STRCMP_EQUAL("no, <path:>", text(block.body).c_str());
  STRCMP_EQUAL("X-Why", block.fields[0].name.c_str());
  STRCMP_EQUAL("<rule>", text(block.fields[0].value).c_str());
  const Redirect redirect = only_action<Redirect>("<redirect to='https://${host}/x' status='308'/>");
  LONGS_EQUAL(308, redirect.status);
  STRCMP_EQUAL("https://<host:>/x", text(redirect.location).c_str());
  LONGS_EQUAL(1500, only_action<Delay>("<delay time='1500ms'/>").time.count());
  const Tag tag = only_action<Tag>("<tag name='who' value='${header:X-Who}'/>");
  STRCMP_EQUAL("who", tag.name.c_str());
  STRCMP_EQUAL("<header:X-Who>", text(tag.value).c_str());
  STRCMP_EQUAL("10", std::to_string(only_action<Concurrency>("<concurrency limit='10' key='user'/>").limit).c_str());
  const Capture capture = only_action<Capture>("<capture name='v' from='header(X-Api)' pattern='^v(\\d+)'/>");
  CHECK_TRUE(capture.field == Field::header);
  STRCMP_EQUAL("x-api", capture.field_name.c_str());
  STRCMP_EQUAL("^v(\\d+)", capture.pattern.c_str());
  STRCMP_EQUAL("other", only_action<Route>("<route servlet='other'/>").servlet.c_str());
  UNSIGNED_LONGS_EQUAL(1 << 20, only_action<BodyLimit>("<body-limit bytes='1M'/>").bytes);
  CHECK_TRUE(only_action<BodyLimit>("<body-limit bytes='1M' side='response'/>").side == Side::response);
  LONGS_EQUAL(5000, only_action<Timeout>("<timeout time='5s'/>").time.count());
}

TEST(RulesXml, reads_changes_of_header_fields) {
  const ChangeHeader add = only_action<ChangeHeader>("<add-header name='X-A' value='1'/>");
  CHECK_TRUE(add.change == Change::add && add.side == Side::request);
  const ChangeHeader set = only_action<ChangeHeader>("<set-header name='X-A' value='' side='response'/>");
  CHECK_TRUE(set.change == Change::set && set.side == Side::response && set.value.parts.empty());
  const char* const response = "<set name='s' phase='response'>";
  CHECK_TRUE(only_action<ChangeHeader>("<remove-header name='X-*'/>", response).side == Side::response);
}

TEST(RulesXml, reads_rates_and_credits) {
  const Rate rate = only_action<Rate>(
      "<rate limit='100/10s' algorithm='token-bucket' burst='20' softLimit='80' maxDelay='1s' "
      "key='header(X-Api)+host' addressLimit='500' ipv6Prefix='56' status='503' fields='false'><body>x</body></rate>");
  UNSIGNED_LONGS_EQUAL(100, rate.limit);
  LONGS_EQUAL(10000, rate.window.count());
  CHECK_TRUE(rate.algorithm == Algorithm::token_bucket && rate.burst == 20 && rate.soft_limit == 80);
  CHECK_TRUE(rate.max_delay == std::chrono::seconds(1) && rate.address_limit == 500u && rate.ipv6_prefix == 56);
  CHECK_TRUE(rate.status == 503 && !rate.fields && text(rate.body) == "x");
  UNSIGNED_LONGS_EQUAL(2, rate.key.size());
  STRCMP_EQUAL("x-api", rate.key[0].name.c_str());
  CHECK_TRUE(rate.key[1].field == Field::host);
  CHECK_TRUE(only_action<Rate>("<rate limit='5/m'/>").window == std::chrono::minutes(1));
  CHECK_FALSE(only_action<Rate>("<rate limit='5 / h'/>").address_limit.has_value());
  const Credit credit = only_action<Credit>(
      "<credit amount='1000' period='monthly' day='15' at='06:30' zone='Europe/Zurich' price='2' per='KB' "
      "key='user'/>");
  CHECK_TRUE(credit.amount == 1000 && credit.period == Period::monthly && credit.day == 15 && credit.minute == 390);
  CHECK_TRUE(credit.zone == "Europe/Zurich" && credit.price == 2 && credit.unit == PriceUnit::response_kilobyte);
}

TEST(RulesXml, reads_what_is_logged) {
  const Log log = only_action<Log>(
      "<log log='slow' headers='Accept, X-Api' responseHeaders='*' body='4K' responseBody='10' timing='false' "
      "tls='true' backend='false' sample='0.5%' perSecond='10'><field name='took' value='${duration}'/></log>");
  CHECK_TRUE(log.log == "slow" && log.headers.size() == 2 && log.headers[1] == "X-Api" && log.body == 4096);
  CHECK_TRUE(log.response_headers.size() == 1 && log.response_body == 10 && !log.timing && log.tls && !log.backend);
  DOUBLES_EQUAL(0.005, log.sample, 1e-9);
  CHECK_TRUE(log.per_second == 10 && log.fields.size() == 1 && text(log.fields[0].value) == "<duration:>");
}

TEST(RulesXml, skip_goes_to_a_later_rule) {
  const RuleFile file = good(
      "<set name='s' match='all'><rule id='a' when='user()'><skip to='c'/></rule><rule id='b' when='always'><pass/>"
      "</rule><rule id='c' when='always'><skip/></rule></set>");
  STRCMP_EQUAL("c", std::get<Skip>(file.sets[0].rules[0].then[0]).to.c_str());
}

TEST(RulesXml, includes_stand_where_they_are_included) {
  folder.write("sub/more.xml", "<rules><rule id='b' when='host(@hosts)'/><include file='third.xml'/></rules>");
  folder.write("sub/third.xml", "<rules><rule id='c' when='macro(m)'/></rules>");
  folder.write("hosts.txt", "# ours\nWWW.Example.org\n\n  *.example.net  \n");
  const RuleFile file = good(
      "<list name='hosts' file='hosts.txt'>\n  a.test\n</list><macro name='m' when='host(@hosts)'/>"
      "<rule id='a' when='always'/><include file='sub/more.xml'/><rule id='d' when='always'/>");
  std::string ids;
  for (const Rule& rule : file.sets[0].rules) ids += rule.id;
  STRCMP_EQUAL("abcd", ids.c_str());
  UNSIGNED_LONGS_EQUAL(4, file.files.size());
  CHECK_TRUE(file.files.contains(folder.file("hosts.txt")));
  UNSIGNED_LONGS_EQUAL(3, file.lists[0].entries.size());
  STRCMP_EQUAL("www.example.org", file.lists[0].entries[1].c_str());
  CHECK_TRUE(file.macros.size() == 1 && file.macros[0].used);
}

TEST(RulesXml, what_is_read_can_be_read_from_a_record) {
  const std::string path = folder.write("r.xml", "<rules><include file='i.xml'/></rules>");
  folder.write("i.xml", "<rules><rule id='a' when='always'/></rules>");
  const RuleFile first = read_rule_file(path, diagnostics);
  folder.write("r.xml", "broken");
  folder.write("i.xml", "broken");
  const config::ReadingScope instead(nullptr, &first.files);
  const RuleFile again = read_rule_file(path, diagnostics);
  CHECK_TRUE(diagnostics.ok());
  UNSIGNED_LONGS_EQUAL(1, again.sets[0].rules.size());
}

TEST(RulesXml, tells_every_fault_with_its_place) {
  parse("<rule id='a' when='pth(/x)'/>\n"
        "<rule id='b' when='user() and\n"
        "              hst(x)'/>\n"
        "<rul id='c'/>\n"
        "<rule id='d' wen='always'/>\n"
        "<rule id='b' when='always'><blok/></rule>\n"
        "<rule when='always'/>");
  has("2:20", "did you mean 'path'");
  has("4:15", "did you mean 'host'");
  has("5:1", "did you mean 'rule'");
  has("6:14", "did you mean 'when'");
  has("6:1", "has no condition");
  has("7:7", "a second rule 'b'");
  has("7:28", "did you mean 'block'");
  has("8:1", "needs the attribute 'id'");
  UNSIGNED_LONGS_EQUAL(8, diagnostics.count());
}

TEST(RulesXml, places_are_right_behind_references_and_wide_characters) {
  refused("<rule id='a' when=\"path(&quot;/\xc3\xa4&#228;&quot;) and pth(x)\"/>", "2:51", "'pth'");
  refused("<rule id='a'\r\n  when =\r\n  'user()\r\n   and pth(x)'/>", "5:8", "'pth'");
}

TEST(RulesXml, refuses_facts_of_the_response_before_there_is_one) {
  refused("<rule id='a' when='status(500)'/>", "2:20", "fact of the response");
  refused("<rule id='a'><when><response.header name='x'/></when></rule>", "2:20", "fact of the response");
  refused("<rule id='a' when='always'><tag name='x' value='${status}'/></rule>", "2:42", "not known yet");
  refused("<rule id='a' when='always'><block><body>${status}</body></block></rule>", "2:41", "not known yet");
  refused("<rule id='a' when='always'><capture name='x' from='status'/></rule>", "2:46", "not known");
}

TEST(RulesXml, refuses_what_comes_too_late_for_the_request) {
  for (const char* action : {"<rate limit='1/s'/>", "<credit amount='1'/>", "<concurrency limit='1'/>",
                             "<route servlet='x'/>", "<timeout time='1s'/>"})
    refused(std::string("<set name='s' phase='response'><rule id='a' when='always'>") + action + "</rule></set>",
            "2:59", "too late");
  refused("<set name='s' phase='response'><rule id='a' when='always'><set-header name='x' value='' side='request'/>"
          "</rule></set>", "2:89", "request is gone");
  diagnostics = config::Diagnostics();
  good("<set name='t' phase='response'><rule id='a' when='status(500)'><block status='502'/></rule></set>");
}

TEST(RulesXml, refuses_actions_that_are_never_done) {
  refused("<rule id='a' when='always'><pass/><tag name='x'/></rule>", "2:35", "is never done");
  refused("<rule id='a' when='always'><else><block/><log/></else></rule>", "2:42", "is never done");
}

TEST(RulesXml, refuses_values_that_mean_nothing) {
  const struct {
    const char *action, *place, *text;
  } rows[] = {
      {"<block status='99'/>", "2:35", "out of range"},
      {"<block><field name='a b' value=''/></block>", "2:42", "no name of a header field"},
      {"<block><field name='Content-Length' value='1'/></block>", "2:42", "is made with the body"},
      {"<block><body type=''>x</body></block>", "2:41", "no content type"},
      {"<block><body>${hst}</body></block>", "2:41", ""},
      {"<block>text</block>", "2:35", "has no meaning inside block"},
      {"<block><body/><body/></block>", "2:42", "a second body"},
      {"<redirect to=''/>", "2:38", "is empty"},
      {"<redirect to='/' status='200'/>", "2:45", "not one of"},
      {"<delay time='0'/>", "2:35", "out of range"},
      {"<set-header name='a:b' value=''/>", "2:40", "no name of a header field"},
      {"<remove-header name='*'/>", "2:43", "no name of a header field"},
      {"<rate limit='100'/>", "2:34", "like 100/s"},
      {"<rate limit='0/s'/>", "2:34", "like 100/s"},
      {"<rate limit='1/10'/>", "2:34", "like 100/s"},
      {"<rate limit='1/s' burst='3'/>", "2:46", "token-bucket"},
      {"<rate limit='9/s' softLimit='9'/>", "2:46", "below the limit"},
      {"<rate limit='9/s' maxDelay='9'/>", "2:46", "without softLimit"},
      {"<rate limit='9/s' key='client+'/>", "2:58", "expected a fact"},
      {"<rate limit='9/s' key='clint'/>", "2:46", "did you mean 'client'"},
      {"<rate limit='9/s' key='client+status'/>", "2:58", "cannot be a part of a key"},
      {"<rate limit='9/s' key='header'/>", "2:46", "needs a name"},
      {"<rate limit='9/s' key='host(x)'/>", "2:55", "has no names"},
      {"<rate limit='9/s'><body type='text/html'/></rate>", "2:52", "is text/plain here"},
      {"<rate limit='9/s'><field name='x' value=''/></rate>", "2:46", "not known below rate"},
      {"<credit amount='9' day='2'/>", "2:47", "daily"},
      {"<credit amount='9' period='weekly' day='8'/>", "2:63", "1 (Monday) to 7"},
      {"<credit amount='9' at='24:00'/>", "2:47", "HH:MM"},
      {"<credit amount='9' zone='Europe/Zuerich'/>", "2:47", "not known here"},
      {"<log sample='0'/>", "2:33", "not a share"},
      {"<log sample='101%'/>", "2:33", "not a share"},
      {"<capture name='x' from='time'/>", "2:46", "cannot be captured"},
      {"<capture name='x' from='path' pattern='('/>", "2:58", "regular expression"},
      {"<skip/>", "2:1", "skip has no meaning"},
  };
  for (const auto& row : rows)
    refused(std::string("<rule id='a' when='always'>") + row.action + "</rule>", row.place, row.text);
}

TEST(RulesXml, refuses_conditions_that_mean_nothing) {
  const struct {
    const char *condition, *place, *text;
  } rows[] = {
      {"", "2:14", "has no condition inside"},
      {"<not/>", "2:20", "has no condition inside"},
      {"<path glob='/a' equals='/a'/>", "2:26", "compares with one thing"},
      {"<path ignoreCase='true'/>", "2:26", "has no meaning without"},
      {"<path network='::1'/>", "2:26", "path has no attribute 'network'"},
      {"<header matches='x'/>", "2:20", "needs the attribute 'name'"},
      {"<tls name='version'/>", "2:25", "tls has no 'version'"},
      {"<path matches='('/>", "2:26", "regular expression"},
      {"<port range='x'/>", "2:26", "a number like"},
      {"<time/>", "2:20", "needs the attribute 'window'"},
      {"<macro name='x'/>", "2:27", "no macro 'x'"},
      {"<path list='x'/>", "2:26", "no list 'x'"},
      {"<pth glob='x'/>", "2:20", "did you mean 'path'"},
      {"x<user/>", "2:20", "has no meaning inside when"},
  };
  for (const auto& row : rows) {
    diagnostics = config::Diagnostics();
    parse("<rule id='a'><when>" + std::string(row.condition) + "</when></rule>");
    has(row.place, row.text);
  }
}

TEST(RulesXml, refuses_names_that_stand_twice_or_nowhere) {
  refused("<list name='a'>x</list><list name='a'>x</list>", "2:30", "a second list");
  refused("<macro name='a' when='always'/><macro name='a' when='always'/>", "2:39", "a second macro");
  refused("<set name='a'/><set name='a'/>", "2:21", "a second set");
  refused("<set name='default'/><rule id='a' when='always'/>", "2:22", "named default");
  refused("<macro name='b' when='macro(a)'/><macro name='a' when='always'/>", "2:29", "no macro 'a'");
  refused("<rule id='a b' when='always'/>", "2:7", "letters, digits");
  refused("<rule id='' when='always'/>", "2:7", "letters, digits");
  refused("<set name='s' match='all'><rule id='a' when='always'><skip to='b'/></rule></set>", "2:27", "no such rule");
  refused("<set name='s' match='all'><rule id='a' when='always'><skip to='a'/></rule></set>", "2:27", "no later rule");
  refused("<set name='s' match='all'><rule id='a' when='always' continue='true'/></set>", "2:54", "has no meaning");
}

TEST(RulesXml, refuses_files_that_are_not_there_or_read_twice) {
  folder.write("loop.xml", "<rules><include file='loop.xml'/></rules>");
  folder.write("other.xml", "<other/>");
  folder.write("nets.txt", "10.0.0.0/8\n# fine\n 10.0.0.0/33\n");
  refused("<include file='none.xml'/>", "2:10", "No such file");
  refused("<include file='rules.xml'/>", "2:10", "read already");
  refused("<include file='loop.xml'/>", "1:17", "read already");
  refused("<include file='other.xml'/>", "1:1", "not with rules");
  refused("<list name='n' type='network' file='nets.txt'/>", "3:2", "prefix length");
  refused("<list name='n' type='network'>\n  ::1\n  ::x</list>", "4:3", "not an IPv4 or IPv6");
  refused("<list name='n' file='none.txt'/>", "2:16", "No such file");
  refused("<list name='n'> </list>", "2:1", "no entry");
}

TEST(RulesXml, refuses_lists_whose_case_never_fits) {
  good("<list name='m'>get\n</list><rule id='a' when='method(@m)'/>");
  refused("<list name='m'>Get</list><rule id='a' when='method(@m) or path(@m)'/>", "2:1", "give it ignoreCase");
  diagnostics = config::Diagnostics();
  good("<list name='m' ignoreCase='true'>Get</list><rule id='a' when='method(@m) or path(@m)'/>");
}

// A hundred thousand allocations: the leak detector would take minutes.
TEST_GROUP_BASE(LargeRulesXml, TEST_GROUP_CppUTestGroupRulesXml) {
  void setup() override { MemoryLeakWarningPlugin::turnOffNewDeleteOverloads(); }
  void teardown() override {
    diagnostics = config::Diagnostics();
    MemoryLeakWarningPlugin::turnOnThreadSafeNewDeleteOverloads();
  }
};

TEST(LargeRulesXml, refuses_more_rules_than_there_may_be) {
  std::string many;
  for (size_t i = 0; i <= kMaxRules; i++) many += "<rule id='r" + std::to_string(i) + "' when='always'/>";
  parse(many);
  UNSIGNED_LONGS_EQUAL(1, diagnostics.count());
  STRCMP_CONTAINS("20001 rules, more than 20000", diagnostics.faults()[0].text.c_str());
}

TEST(LargeRulesXml, refuses_macros_that_would_fill_the_memory) {
  std::string wide = "user()";
  for (int i = 0; i < 4000; i++) wide += " or user()";
  std::string rules = "<macro name='m' when='" + wide + "'/>";
  for (int i = 0; i < 60; i++) rules += "<rule id='r" + std::to_string(i) + "' when='macro(m) and macro(m)'/>";
  parse(rules);
  UNSIGNED_LONGS_EQUAL(1, diagnostics.count());
  STRCMP_CONTAINS("the conditions of all rules", diagnostics.faults()[0].text.c_str());
}
