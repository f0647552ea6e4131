#include "navajo/cli/migration/source_files.h"

#include <glob.h>

#include <filesystem>

#include "navajo/cli/instance.h"

namespace navajo::cli::migration {

base::Failed<base::Error> source_fault(const Place& at, const std::string& cause) {
  return base::Failed{base::Error{at.text() + ": " + cause}};
}

base::Result<std::string> SourceFiles::read(const std::string& path, size_t depth, const Place& from) {
  if (depth > kMostDepth) return source_fault(from, "files include each other more than 16 deep");
  if (++files_ > kMostFiles) return source_fault(from, "more than 200 files are included");
  auto text = read_file(path, kLargestFile);
  if (text.ok() || !from.file) return text;
  return source_fault(from, text.error().text);
}

base::Status<> SourceFiles::count_directive(const Place& at) {
  if (++directives_ > kMostDirectives) return source_fault(at, "there are more than 100000 directives");
  return base::Done{};
}

std::string SourceFiles::within(const std::string& base, const std::string& name) {
  return name.starts_with("/") ? name : base + "/" + name;
}

std::string SourceFiles::folder_of(const std::string& file) {
  std::error_code error;
  return std::filesystem::absolute(file, error).lexically_normal().parent_path().string();
}

std::vector<std::string> SourceFiles::matching(const std::string& pattern, const std::string& base) {
  const std::string whole = within(base, pattern);
  if (!is_pattern(pattern)) return {whole};
  glob_t found{};
  std::vector<std::string> out;
  if (glob(whole.c_str(), 0, nullptr, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc && i <= kMostFiles; i++) out.emplace_back(found.gl_pathv[i]);
  globfree(&found);
  return out;
}

}  // namespace navajo::cli::migration
