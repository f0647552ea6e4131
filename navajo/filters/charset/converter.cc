#include "navajo/filters/charset/converter.h"

#include <cerrno>
#include <utility>

#include "navajo/http/form.h"
#include "navajo/http/syntax.h"

namespace navajo::filters::charset {
namespace {

constexpr const char* kWide = "UTF-32LE";
const iconv_t kNone = reinterpret_cast<iconv_t>(-1);

constexpr std::string_view kClientCharsets[] = {
    "utf8",        "usascii",     "ascii",       "iso88591",    "iso88592",    "iso88593",    "iso88594",
    "iso88595",    "iso88596",    "iso88597",    "iso88598",    "iso88599",    "iso885910",   "iso885913",
    "iso885914",   "iso885915",   "iso885916",   "latin1",      "windows1250", "windows1251", "windows1252",
    "windows1253", "windows1254", "windows1255", "windows1256", "windows1257", "windows1258", "koi8r",
    "koi8u",       "macintosh",   "shiftjis",    "eucjp",       "euckr",       "big5",        "gb2312",
    "gbk",         "gb18030",     "tis620",
};

void percent_encode(std::string_view text, std::pmr::string& out) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '.' || c == '_' || c == '*' || c == '~';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[c & 15];
    }
  }
}

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '-' && c != '_') out += http::lower(c);
  return out;
}

}  // namespace

base::Result<Converter> Converter::open(const std::string& from, const std::string& to) {
  // A slash would start iconv's own options ("//TRANSLIT").
  for (const std::string& name : {from, to})
    if (name.empty() || name.find('/') != std::string::npos)
      return base::Failed{base::Error{"'" + name + "' is no character set"}};
  const iconv_t decoder = iconv_open(kWide, from.c_str());
  if (decoder == kNone) return base::Failed{base::Error{"'" + from + "' is no character set this system knows"}};
  const iconv_t encoder = iconv_open(to.c_str(), kWide);
  if (encoder == kNone) {
    iconv_close(decoder);
    return base::Failed{base::Error{"'" + to + "' is no character set this system knows"}};
  }
  return Converter(decoder, encoder);
}

Converter::Converter(Converter&& other) noexcept
    : decoder_(std::exchange(other.decoder_, kNone)), encoder_(std::exchange(other.encoder_, kNone)) {}

Converter& Converter::operator=(Converter&& other) noexcept {
  if (this == &other) return *this;
  close();
  decoder_ = std::exchange(other.decoder_, kNone);
  encoder_ = std::exchange(other.encoder_, kNone);
  return *this;
}

Converter::~Converter() { close(); }

void Converter::close() {
  if (decoder_ != kNone) iconv_close(decoder_);
  if (encoder_ != kNone) iconv_close(encoder_);
}

void Converter::append(std::string_view text, std::pmr::string& out) {
  static constexpr char kQuestion[] = {'?', 0, 0, 0};
  char wide[1024];
  char* in = const_cast<char*>(text.data());
  size_t left = text.size();
  iconv(decoder_, nullptr, nullptr, nullptr, nullptr);
  iconv(encoder_, nullptr, nullptr, nullptr, nullptr);
  while (left > 0) {
    char* to = wide;
    size_t room = sizeof wide;
    const size_t result = iconv(decoder_, &in, &left, &to, &room);
    encode(wide, sizeof wide - room, out);
    if (result != static_cast<size_t>(-1) || errno == E2BIG) continue;
    encode(kQuestion, sizeof kQuestion, out);  // no text, or cut off
    in++;
    left--;
  }
  char rest[32];
  char* to = rest;
  size_t room = sizeof rest;
  iconv(encoder_, nullptr, nullptr, &to, &room);  // back to the first state
  out.append(rest, sizeof rest - room);
}

void Converter::encode(const char* wide, size_t bytes, std::pmr::string& out) {
  static constexpr char kQuestion[] = {'?', 0, 0, 0};
  char narrow[1024];
  char* in = const_cast<char*>(wide);
  while (bytes > 0) {
    char* to = narrow;
    size_t room = sizeof narrow;
    const size_t result = iconv(encoder_, &in, &bytes, &to, &room);
    out.append(narrow, sizeof narrow - room);
    if (result != static_cast<size_t>(-1) || errno == E2BIG) continue;
    // Not in the target; every character set that iconv writes has a question mark.
    char* question = const_cast<char*>(kQuestion);
    size_t left = sizeof kQuestion;
    to = narrow;
    room = sizeof narrow;
    iconv(encoder_, &question, &left, &to, &room);
    out.append(narrow, sizeof narrow - room);
    const size_t step = bytes < 4 ? bytes : 4;
    in += step;
    bytes -= step;
  }
}

void Converter::append_form(std::string_view form, std::pmr::string& out) {
  std::pmr::string plain(out.get_allocator()), converted(out.get_allocator());
  for (size_t at = 0; at < form.size();) {
    const size_t end = std::min(form.find_first_of("&=", at), form.size());
    converted.clear();
    plain.resize(end - at);
    plain.resize(http::form_decode(form.substr(at, end - at), plain.data()));
    append(plain, converted);
    percent_encode(converted, out);
    if (end < form.size()) out += form[end];
    at = end + 1;
  }
}

bool is_client_charset(std::string_view name) {
  if (name.size() > 32) return false;
  const std::string wanted = folded(name);
  for (const std::string_view known : kClientCharsets)
    if (known == wanted) return true;
  return false;
}

bool same_charset(std::string_view a, std::string_view b) { return folded(a) == folded(b); }

}  // namespace navajo::filters::charset
