#include "navajo/rules/event_record.h"

#include <charconv>
#include <cmath>

#include "navajo/observe/json_writer.h"

namespace navajo::rules {
namespace {

// ,"truncated":true}\n and what a member without a long text takes.
constexpr size_t kTail = 32, kShortMember = 64, kMaxDepth = 64;

// Without the part of a UTF-8 sequence at its end.
std::string_view cut(std::string_view text, size_t length) {
  if (length >= text.size()) return text;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) length--;
  return text.substr(0, length);
}

}  // namespace

EventRecord::EventRecord(const Redaction& redaction, std::pmr::memory_resource& memory)
    : redaction_(redaction), out_(&memory), scratch_(&memory) {
  out_.reserve(1024);
  out_ += '{';
}

size_t EventRecord::room() const {
  const size_t taken = out_.size() + kTail + static_cast<size_t>(depth_);
  return taken < kMaxRecord ? kMaxRecord - taken : 0;
}

void EventRecord::raw(std::string_view text) { out_ += text; }

// The text as a JSON string, as much of it as there is room for.
void EventRecord::value(std::string_view text) {
  out_ += '"';
  size_t left = room();
  left = left > 2 ? left - 2 : 0;
  observe::json_escaped(text, [&](std::string_view piece) {
    const std::string_view fits = piece.front() == '\\' && piece.size() > left ? std::string_view() : cut(piece, left);
    out_ += fits;
    left -= fits.size();
    if (fits.size() == piece.size()) return true;
    truncated_ = true;
    return false;
  });
  out_ += '"';
}

void EventRecord::scrubbed(std::string_view text) {
  if (text.size() > kMaxRecord) {
    text = text.substr(0, kMaxRecord);
    truncated_ = true;
  }
  scratch_.clear();
  redaction_.append(text, scratch_);
  value(scratch_);
}

bool EventRecord::key(std::string_view name) {
  if (skipped_ > 0) return false;
  if (room() < 6 * name.size() + kShortMember) {
    truncated_ = true;
    return false;
  }
  if (!first_) out_ += ',';
  first_ = false;
  value(name);
  out_ += ':';
  return true;
}

void EventRecord::text(std::string_view name, std::string_view value) {
  if (key(name)) scrubbed(value);
}

void EventRecord::literal(std::string_view name, std::string_view value) {
  if (key(name)) this->value(value);
}

void EventRecord::number(std::string_view name, int64_t value) {
  if (!key(name)) return;
  char digits[24];
  raw({digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)});
}

void EventRecord::decimal(std::string_view name, double value) {
  if (!key(name)) return;
  if (!std::isfinite(value)) return raw("null");
  char digits[40];  // to_chars knows no locale: always a point
  raw({digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)});
}

void EventRecord::boolean(std::string_view name, bool value) {
  if (key(name)) raw(value ? "true" : "false");
}

void EventRecord::begin(std::string_view name) {
  if (depth_ >= static_cast<int>(kMaxDepth) || !key(name)) {
    truncated_ = true;
    skipped_++;
    return;
  }
  out_ += '{';
  depth_++;
  first_ = true;
}

void EventRecord::end() {
  if (skipped_ > 0) {
    skipped_--;
    return;
  }
  if (depth_ == 0) return;
  out_ += '}';
  depth_--;
  first_ = false;
}

// ---------------------------------------------------------------- header fields

void EventRecord::field(std::string_view name, const http::Headers& fields) {
  size_t values = 0;
  fields.for_each([&](std::string_view n, std::string_view) {
    if (http::same_name(n, name)) values++;
    return true;
  });
  if (values == 0 || !key(name)) return;
  if (values > 1) out_ += '[';
  const bool hidden = redaction_.hides_header(name), shown = redaction_.shows_header(name);
  size_t written = 0;
  fields.for_each([&](std::string_view n, std::string_view text) {
    if (!http::same_name(n, name)) return true;
    if (written > 0) {
      if (room() < kShortMember) {
        truncated_ = true;
        return false;
      }
      out_ += ',';
    }
    written++;
    if (hidden) {
      value(Redaction::kHidden);
    } else if (shown) {
      value(text);
    } else {
      scrubbed(text);
    }
    return true;
  });
  if (values > 1) out_ += ']';
}

void EventRecord::headers(std::string_view name, const http::Headers& fields, std::span<const std::string> wanted) {
  begin(name);
  bool all = false;
  for (const std::string& word : wanted) all = all || word == "*";
  if (!all) {
    for (size_t i = 0; i < wanted.size(); i++) {
      bool told = false;
      for (size_t j = 0; j < i; j++) told = told || http::same_name(wanted[j], wanted[i]);
      if (!told) field(wanted[i], fields);
    }
    return end();
  }
  size_t position = 0;
  fields.for_each([&](std::string_view n, std::string_view) {
    size_t before = 0;
    bool told = false;
    fields.for_each([&](std::string_view other, std::string_view) {
      if (before++ == position) return false;
      told = http::same_name(other, n);
      return !told;
    });
    position++;
    if (!told) field(n, fields);
    return true;
  });
  end();
}

std::string_view EventRecord::finish() {
  skipped_ = 0;
  while (depth_ > 0) end();
  if (truncated_) raw(first_ ? "\"truncated\":true" : ",\"truncated\":true");
  raw("}\n");
  return out_;
}

}  // namespace navajo::rules
