#include <cstdio>

#include "navajo/cli/commands.h"
#include "navajo/cli/explanations.h"
#include "navajo/config/diagnostics.h"

namespace navajo::cli {
namespace {

int length(std::string_view text) { return static_cast<int>(text.size()); }

void print_list() {
  for (const Explanation& entry : explanations())
    printf("%-10.*s %.*s\n", length(entry.id), entry.id.data(), length(entry.title), entry.title.data());
}

bool explain(const std::string& asked) {
  if (const Explanation* found = find_explanation(asked)) {
    printf("%.*s %.*s\n\n%.*s\n", length(found->id), found->id.data(), length(found->title), found->title.data(),
           length(found->text), found->text.data());
    return true;
  }
  std::vector<std::string_view> candidates;
  for (const Explanation& entry : explanations()) {
    candidates.push_back(entry.id);
    if (!entry.title.empty()) candidates.push_back(entry.title);
  }
  fprintf(stderr, "navajo: nothing is known of '%s'%s\nSee 'navajo explain --list'.\n", asked.c_str(),
          config::did_you_mean(asked, candidates).c_str());
  return false;
}

}  // namespace

int explain_command(const Arguments& arguments) {
  if (arguments.has("--list")) {
    print_list();
    return kOk;
  }
  if (arguments.operands.empty()) {
    fputs("navajo: explain what? See 'navajo explain --list'.\n", stderr);
    return kUsage;
  }
  bool all = true;
  for (const std::string& asked : arguments.operands) all = explain(asked) && all;
  return all ? kOk : kFaults;
}

}  // namespace navajo::cli
