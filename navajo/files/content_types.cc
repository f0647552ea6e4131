#include "navajo/files/content_types.h"

namespace navajo::files {
namespace {

struct Row {
  std::string_view extension, type;
};

constexpr Row kRows[] = {
    {"html", "text/html;charset=utf-8"},
    {"htm", "text/html;charset=utf-8"},
    {"css", "text/css;charset=utf-8"},
    {"js", "text/javascript;charset=utf-8"},
    {"mjs", "text/javascript;charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"webmanifest", "application/manifest+json"},
    {"xml", "application/xml"},
    {"txt", "text/plain;charset=utf-8"},
    {"md", "text/plain;charset=utf-8"},
    {"csv", "text/csv;charset=utf-8"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"ico", "image/x-icon"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"ttf", "font/ttf"},
    {"otf", "font/otf"},
    {"pdf", "application/pdf"},
    {"wasm", "application/wasm"},
    {"zip", "application/zip"},
    {"gz", "application/gzip"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
};

}  // namespace

std::string_view built_in_content_type(std::string_view extension) {
  for (const Row& row : kRows)
    if (row.extension == extension) return row.type;
  return {};
}

}  // namespace navajo::files
