#include "navajo/config/property_table.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "navajo/config/file_text.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

using enum ParamType;

constexpr char kProfilePrefix[] = "BC.Tracer.DebugProfile.";
constexpr size_t kMaxFile = 1 << 20;

constexpr ParamSpec kTable[] = {
    {.name = "ch.nevis.navajo.request.BufferSize", .type = bytes, .default_value = "64K", .minimum = 1024,
     .maximum = int64_t{1} << 32,
     .doc = "Largest request body that can be held as a whole for filters that need all of it. Has to be smaller "
            "than bc.lang.system.MaxAllocSize."},
    {.name = "ch.nevis.navajo.request.MemBufferSize", .type = bytes, .default_value = "64K", .minimum = 1024,
     .maximum = int64_t{1} << 32,
     .doc = "How much of such a body is kept in memory; the rest goes to a file without a name. Memory for bodies is "
            "at most this times the number of requests in work. Has to be smaller than bc.lang.system.MaxAllocSize."},
    {.name = "bc.lang.system.MaxAllocSize", .type = bytes, .default_value = "64M", .minimum = 65536,
     .maximum = int64_t{1} << 33,
     .doc = "Upper bound of a single buffer, not of their sum. Raise it together with BufferSize."},
    {.name = "ch.nevis.bc.net.MaxHeaders", .type = integer, .default_value = "100", .minimum = 1, .maximum = 1000,
     .doc = "Most header fields of an answer from a backend; one with more is answered with 502."},
    {.name = "ch.nevis.bc.net.AllowPostWithoutContentLength", .type = boolean, .default_value = "false",
     .doc = "false: an HTTP/1.x POST or PUT that has neither Content-Length nor Transfer-Encoding is answered with "
            "411. A chunked one says where it ends and is always taken."},
    {.name = "org.jdom.EntityExpansionLimit", .type = integer, .default_value = "1000", .minimum = 0,
     .maximum = 10000000,
     .doc = "When given: most references like &amp; in one web.xml. Entities that a document declares itself are never "
            "expanded, whatever this says."},
    {.name = "ch.nevis.ErrorOnDeprecated", .type = boolean, .default_value = "false",
     .doc = "true: a deprecated setting is a fault (CONF-0001), not a notice."},
    {.name = "org.apache.request.ParsedUri", .type = boolean, .default_value = "true",
     .doc = "Only true: the decoded, normalised path decides everything, and it is what is forwarded. false, decisions "
            "on the raw URI, is refused (a notice under compat lenient), since it lets /%61dmin pass a rule for "
            "/admin."},
    {.name = "org.apache.response.UseBufferdWrite", .type = boolean, .default_value = "false",
     .doc = "Accepted from older files."},
    {.name = "ch.nevis.navajo.tracing.ReconfigurationPeriod", .type = seconds, .default_value = "60", .minimum = 1,
     .maximum = 86400, .choices = "off", .doc = "How often the trace levels are read again while the server runs."},
    {.name = "ch.nevis.navajo.tracing.ShowSecretHeaders", .type = boolean, .default_value = "false",
     .doc = "true: trace lines show the values of Authorization, Cookie, Set-Cookie and the like."},
    {.name = "BC.Tracer.LogFile", .doc = "File of the trace log, or pipe://PROGRAM. Unset, logs/navajo.log of the "
                                         "instance; a relative path is below the folder of the properties file."},
    {.name = "BC.Tracer.ThresholdBase", .type = integer, .default_value = "5", .minimum = 0, .maximum = 10,
     .doc = "Level of all trace groups; below 5, advice and deprecation notices are lost."},
    {.name = "BC.Tracer.DebugProfile.*", .type = integer, .default_value = "0", .minimum = 0, .maximum = 10,
     .doc = "Level of one trace group, added to ThresholdBase: BC.Tracer.DebugProfile.NavajoOp=1."},
    {.name = "BC.Tracer.TemporaryProfile.*",
     .doc = "LEVEL@SECONDS, as `navajo trace set --for` writes it: in place of the group's DebugProfile until so many "
            "seconds since 1970; after that it is as if it were not there."},
    {.name = "BC.Tracer.MaxLogFileVersions", .type = integer, .default_value = "10", .minimum = 0, .maximum = 1000,
     .doc = "Rotated files that are kept."},
    {.name = "BC.Tracer.MaxLogFileSize", .type = bytes, .default_value = "10000000", .minimum = 10000,
     .maximum = int64_t{1} << 40, .doc = "The trace log is rotated at this size."},
    {.name = "BC.Tracer.LogFileAccess", .default_value = "0640",
     .doc = "Mode of the trace log: octal, or a list of owner, group, other. The owner may always read and write."},
    {.name = "BC.Tracer.LogFileAppend", .type = boolean, .default_value = "true",
     .doc = "false: the trace log begins anew at each start."},
    {.name = "BC.Tracer.LogFileReopenInterval", .type = seconds, .default_value = "60", .minimum = 1, .maximum = 86400,
     .doc = "The trace log is closed after this long without a line and opened again for the next one."},
    {.name = "BC.Tracer.LogFileCompression", .doc = "Program that compresses rotated files, such as gzip."},
    {.name = "BC.Tracer.TimeFormat", .type = choice, .default_value = "detailed", .choices = "ctime,detailed,time0",
     .doc = "How a line of the trace log begins."},
    {.name = "BC.Tracer.Pipe.RetryInterval", .type = seconds, .default_value = "10", .minimum = 1, .maximum = 3600,
     .doc = "A pipe program that has ended is started again after this long."},
    {.name = "BC.Tracer.ProgName", .doc = "The word that stands for the program in a line of the trace log; unset, the "
                                          "version."},
    {.name = "bc.net.ssl.SSLCryptoDevice", .doc = "Engine of OpenSSL."},
    {.name = "bc.security.PassPhrasePolicy", .default_value = "pipe,env,prompt",
     .doc = "In which order pass phrases of private keys are sought."},
    {.name = "bc.security.PassPhraseDialog", .doc = "Program that says the pass phrase of a private key."},
    {.name = "ch.nevis.session.sectoken.data.charset", .default_value = "ISO-8859-1",
     .doc = "Character set of tokens from the authentication service."},
    {.name = "ch.nevis.openssl.allowCertificateChain", .type = boolean, .default_value = "true",
     .doc = "Whether a client certificate file may hold a chain."},
    {.name = "ch.nevis.navajo.loading.servlet.LibPath", .doc = "Folder of servlet and filter libraries."},
    {.name = "ch.nevis.isiweb4.servlet.connector.soap.esauth4.Transport.SSLCipherSuites",
     .doc = "Default of EsAuth4ConnectorServlet."},
    {.name = "ch.nevis.isiweb4.filter.icap.ICAPFilter.SSLCipherSuites", .doc = "Default of ICAPFilter."},
};

struct Ineffective {
  const char* name;
  const char* why;
};
constexpr Ineffective kIneffective[] = {
    {"org.apache.response.UseBufferdWrite", "answers are written as they come, in one system call where possible"},
    {"bc.net.ssl.SSLCryptoDevice", "OpenSSL 3 has providers instead: configure them in openssl.cnf"},
    {"bc.security.PassPhrasePolicy", "pass phrases are asked for by SSLPassPhraseDialog of Server"},
    {"bc.security.PassPhraseDialog", "use SSLPassPhraseDialog=\"exec:/path/of/program\" of Server"},
    {"ch.nevis.session.sectoken.data.charset", "there is no authentication service yet"},
    {"ch.nevis.openssl.allowCertificateChain", "a chain is always allowed"},
    {"ch.nevis.navajo.loading.servlet.LibPath", "all classes are built in"},
    {"ch.nevis.isiweb4.servlet.connector.soap.esauth4.Transport.SSLCipherSuites",
     "there is no EsAuth4ConnectorServlet yet"},
    {"ch.nevis.isiweb4.filter.icap.ICAPFilter.SSLCipherSuites", "there is no ICAPFilter yet"},
};

const ParamSpec* find_row(std::string_view name) {
  for (const ParamSpec& row : kTable) {
    const std::string_view row_name = row.name;
    if (row_name == name) return &row;
    const std::string_view stem = row_name.substr(0, row_name.size() - 1);
    if (row_name.ends_with('*') && name.size() > stem.size() && name.starts_with(stem)) return &row;
  }
  return nullptr;
}

// The rows that have a name of their own, and one for each given name that a '*' stands for.
std::vector<ParamSpec> specs_for(const std::map<std::string, ParamValue, std::less<>>& values) {
  std::vector<ParamSpec> out;
  for (const ParamSpec& row : kTable)
    if (!std::string_view(row.name).ends_with('*')) out.push_back(row);
  for (const auto& [name, value] : values)
    if (const ParamSpec* row = find_row(name); row && name != row->name) {
      out.push_back(*row);
      out.back().name = name.c_str();
    }
  return out;
}

std::string beside(const std::string& path) {
  return (std::filesystem::path(path).parent_path() / "log.properties").string();
}

class Loader {
 public:
  Loader(const std::string& path, Compat compat, Diagnostics& diagnostics)
      : path_(path), compat_(compat), diagnostics_(diagnostics) {}

  LoadedProperties load(Missing missing) {
    LoadedProperties out;
    std::set<std::string, std::less<>> seen;
    for (Property& property : file(path_, missing)) {
      if (!seen.insert(property.name).second)
        lenient(property.where, observe::id::config_duplicate,
                "a second '" + printable(property.name) + "': this one counts");
      if (find_row(property.name))
        values_.insert_or_assign(property.name, std::move(property.value));
      else
        out.others.push_back(std::move(property));
    }
    take_log_properties();
    const std::vector<ParamSpec> specs = specs_for(values_);
    auto params = std::make_shared<Params>(std::filesystem::path(path_).filename().string(), Position{path_, 0, 0},
                                           specs, values_, diagnostics_, UnknownNames::fault, "property");
    check(*params);
    out.known = std::move(params);
    return out;
  }

 private:
  std::vector<Property> file(const std::string& path, Missing missing) {
    std::optional<std::vector<Property>> read = read_properties(path, missing, diagnostics_);
    return read ? std::move(*read) : std::vector<Property>();
  }

  void take_log_properties() {
    std::vector<std::string_view> tracer_names;
    for (const ParamSpec& row : kTable)
      if (std::string_view(row.name).starts_with("BC.Tracer.")) tracer_names.push_back(row.name);
    std::set<std::string, std::less<>> seen;
    for (Property& property : file(beside(path_), Missing::tolerated)) {
      if (!seen.insert(property.name).second)
        lenient(property.where, observe::id::config_duplicate,
                "a second '" + printable(property.name) + "': this one counts");
      if (property.name.starts_with("BC.Tracer.") && find_row(property.name))
        values_.insert_or_assign(property.name, std::move(property.value));
      else
        lenient(property.where, observe::id::config_unknown_property,
                "'" + printable(property.name) + "' is no BC.Tracer property: log.properties holds nothing else" +
                    did_you_mean(property.name, tracer_names));
    }
  }

  void lenient(const Position& where, observe::LogId id, std::string text) {
    if (compat_ == Compat::lenient)
      diagnostics_.notice(where, id, std::move(text));
    else
      diagnostics_.fault(where, id, std::move(text));
  }

  // What the table cannot say.
  void check(const Params& params) {
    if (params.boolean("ch.nevis.ErrorOnDeprecated")) diagnostics_.refuse_deprecated();
    for (const Ineffective& row : kIneffective)
      if (params.has(row.name))
        diagnostics_.notice(params.where(row.name), observe::id::config_without_effect,
                            std::string(row.name) + " has no effect: " + row.why);
    constexpr char kLimit[] = "bc.lang.system.MaxAllocSize";
    for (const char* name : {"ch.nevis.navajo.request.BufferSize", "ch.nevis.navajo.request.MemBufferSize"})
      if (params.bytes(name) >= params.bytes(kLimit))
        params.fault(params.has(name) ? name : kLimit,
                     (params.has(name) ? "has to be smaller than " + std::string(kLimit)
                                       : "has to be larger than " + std::string(name)) +
                         ", which is " + std::to_string(params.bytes(params.has(name) ? kLimit : name)));
    constexpr char kParsed[] = "org.apache.request.ParsedUri";
    if (!params.boolean(kParsed))
      lenient(params.where(kParsed), observe::id::config_bad_param,
              std::string(kParsed) + "=false is not offered: one path, decoded and normalised, decides everything, so "
                                     "that /%61dmin cannot pass a rule for /admin; remove the line");
  }

  const std::string& path_;
  Compat compat_;
  Diagnostics& diagnostics_;
  std::map<std::string, ParamValue, std::less<>> values_;
};

}  // namespace

std::span<const ParamSpec> property_table() { return kTable; }

std::string_view without_effect(std::string_view property) {
  for (const Ineffective& row : kIneffective)
    if (property == row.name) return row.why;
  return "";
}

std::shared_ptr<const Params> default_properties() {
  static Diagnostics nothing_to_say;
  return std::make_shared<const Params>("bc.properties", Position{}, specs_for({}),
                                        std::map<std::string, ParamValue, std::less<>>(), nothing_to_say);
}

LoadedProperties load_properties(const std::string& path, Missing missing, Compat compat, Diagnostics& diagnostics) {
  return Loader(path, compat, diagnostics).load(missing);
}

std::optional<TraceLevels::Temporary> parse_temporary_level(std::string_view text) {
  TraceLevels::Temporary out;
  const char* const end = text.data() + text.size();
  const auto level = std::from_chars(text.data(), end, out.level);
  if (level.ec != std::errc() || level.ptr == end || *level.ptr != '@' || out.level < 0 || out.level > 10)
    return std::nullopt;
  const auto until = std::from_chars(level.ptr + 1, end, out.until);
  if (until.ec != std::errc() || until.ptr != end || out.until < 0) return std::nullopt;
  return out;
}

TraceLevels read_trace_levels(const std::string& path, Diagnostics& diagnostics) {
  TraceLevels out;
  out.base = static_cast<int>(parse_value(*find_row("BC.Tracer.ThresholdBase"), "5").number);
  for (const std::string& name : {path, beside(path)}) {
    const base::Result<std::string> text = read_file_text(name, kMaxFile);
    if (!text.ok() || text->size() > kMaxFile) continue;  // judged when the configuration was read
    for (const Property& property : parse_properties(name, *text, diagnostics)) {
      if (property.name.starts_with(kTemporaryProfile)) {
        if (const auto level = parse_temporary_level(property.value.text))
          out.temporary.insert_or_assign(property.name.substr(sizeof kTemporaryProfile - 1), *level);
        else
          diagnostics.fault(property.value.where, observe::id::config_bad_param,
                            "property '" + printable(property.name) + "' is not LEVEL@SECONDS, level 0 to 10");
        continue;
      }
      const bool group = property.name.starts_with(kProfilePrefix) && property.name.size() > sizeof kProfilePrefix - 1;
      if (!group && property.name != "BC.Tracer.ThresholdBase") continue;
      const ParsedValue level = parse_value(*find_row(property.name), property.value.text);
      if (!level.ok)
        diagnostics.fault(property.value.where, observe::id::config_bad_param,
                          "property '" + printable(property.name) + "' " + level.why);
      else if (group)
        out.groups.insert_or_assign(property.name.substr(sizeof kProfilePrefix - 1), static_cast<int>(level.number));
      else
        out.base = static_cast<int>(level.number);
    }
  }
  return out;
}

}  // namespace navajo::config
