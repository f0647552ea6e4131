#include "modules/mod_navajo/last_good.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "navajo/config/first_fault.h"
#include "navajo/config/httpd_directives.h"
#include "navajo/container/configuration_trial.h"
#include "navajo/observe/log.h"

namespace navajo::glue {
namespace {

// Plain data: this module's code is unloaded between two configurations.
struct KeptFile {
  const char* path;
  const char* text;
  apr_size_t length;
};
struct Kept {
  apr_pool_t* pool;
  int count;
  KeptFile* files;
};
struct Retained {
  Kept running, proven;  // proven: the one before, as long as running is on trial
  container::ConfigurationTrial trial;
  bool given_up;  // the next reading takes what is proven
};

constexpr char kKey[] = "navajo-last-good-configuration";
constexpr std::string_view kStubKey = "stub:";
constexpr size_t kStubLimit = 1024 * 1024;
constexpr apr_interval_time_t kDryRunLimit = apr_time_from_sec(30), kDryRunStep = apr_time_from_msec(5);

// This httpd's own arguments, without those that say what to do.
std::vector<const char*> test_arguments(const process_rec* process) {
  std::vector<const char*> arguments{process->argv[0]};
  for (int i = 1; i < process->argc; i++) {
    if (!strcmp(process->argv[i], "-X")) continue;
    if (!strncmp(process->argv[i], "-k", 2)) {
      if (!process->argv[i][2]) i++;
      continue;
    }
    arguments.push_back(process->argv[i]);
  }
  arguments.push_back("-t");
  arguments.push_back(nullptr);
  return arguments;
}

Retained& retained() {
  auto* kept = static_cast<Retained*>(ap_retained_data_get(kKey));
  if (!kept) kept = static_cast<Retained*>(ap_retained_data_create(kKey, sizeof(Retained)));
  return *kept;
}

container::ConfigurationTrial::Time now() {
  return std::chrono::duration_cast<container::ConfigurationTrial::Time>(
      std::chrono::steady_clock::now().time_since_epoch());
}

void forget(Kept& kept) {
  if (kept.pool) apr_pool_destroy(kept.pool);
  kept = {};
}

config::FileTexts texts_of(const Kept& kept) {
  config::FileTexts files;
  for (int i = 0; i < kept.count; i++)
    files.emplace(kept.files[i].path, std::string(kept.files[i].text, kept.files[i].length));
  return files;
}

const Kept& to_go_on_with(const Retained& all) {
  return all.proven.count > 0 && (all.given_up || !all.trial.passed(now())) ? all.proven : all.running;
}

// Whole, by another name first: httpd may read it at any time.
void put_back(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  FILE* const file = fopen(temporary.c_str(), "we");
  bool written = file && fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file) written = fclose(file) == 0 && written;
  if (written && rename(temporary.c_str(), path.c_str()) == 0) return;
  observe::log(observe::id::configuration_rolled_back,
               "%s cannot be put back as it was (%s): the configuration of before may lack a module", path.c_str(),
               strerror(errno));
}

// What the trial says goes where it always went; its beginning is kept.
void pass_on(apr_file_t* from, std::string& said) {
  constexpr size_t kKept = 64 * 1024;
  char piece[4096];
  for (;;) {
    apr_size_t length = sizeof piece;
    if (apr_file_read(from, piece, &length) != APR_SUCCESS || length == 0) return;
    said.append(piece, std::min(length, kKept - std::min(kKept, said.size())));
    // Nobody reads the error log's pipe: then nobody misses it.
    if (write(STDERR_FILENO, piece, length) < 0) return;
  }
}

}  // namespace

void keep_as_last_good(const config::FileTexts& files, Origin origin, server_rec* server) {
  Retained& all = retained();
  all.given_up = false;
  const bool changed = origin == Origin::files && all.running.count > 0 && texts_of(all.running) != files;
  if (changed && all.trial.passed(now())) {
    forget(all.proven);
    all.proven = std::exchange(all.running, {});
  }
  forget(all.running);
  apr_pool_t* pool;
  if (apr_pool_create(&pool, server->process->pool) != APR_SUCCESS) return;
  auto* copy = static_cast<KeptFile*>(apr_palloc(pool, files.size() * sizeof(KeptFile)));
  int count = 0;
  for (const auto& [path, text] : files)
    copy[count++] = {apr_pstrmemdup(pool, path.data(), path.size()), apr_pstrmemdup(pool, text.data(), text.size()),
                     text.size()};
  all.running = {pool, count, copy};
  // Going back to the same again and again would help nobody.
  if (changed && all.proven.count > 0)
    all.trial.begin(now());
  else
    all.trial.end();
}

config::FileTexts last_good() { return texts_of(to_go_on_with(retained())); }

bool give_up_new_configuration() {
  Retained& all = retained();
  if (!all.trial.child_died(now()) || all.proven.count == 0) return false;
  all.given_up = true;
  for (int i = 0; i < all.proven.count; i++) {
    const KeptFile& file = all.proven.files[i];
    if (std::string_view(file.path).starts_with(kStubKey))
      put_back(file.path + kStubKey.size(), {file.text, file.length});
  }
  return kill(getpid(), SIGUSR1) == 0;
}

bool is_going_back() { return retained().given_up; }

void add_stub(const char* path, config::FileTexts& files) {
  const auto text = path ? config::read_file_text(path, kStubLimit) : base::Result<std::string>(std::string());
  if (text.ok() && text->starts_with(config::kStubMark)) files.emplace(std::string(kStubKey) + path, *text);
}

bool dry_run_succeeds(apr_pool_t* pool, process_rec* process, std::string& fault) {
  const std::vector<const char*> arguments = test_arguments(process);
  apr_procattr_t* attributes;
  apr_proc_t child;
  if (apr_procattr_create(&attributes, pool) != APR_SUCCESS ||
      apr_procattr_cmdtype_set(attributes, APR_PROGRAM_ENV) != APR_SUCCESS ||
      apr_procattr_io_set(attributes, APR_NO_PIPE, APR_NO_PIPE, APR_CHILD_BLOCK) != APR_SUCCESS ||
      apr_proc_create(&child, "/proc/self/exe", arguments.data(), nullptr, attributes, pool) != APR_SUCCESS)
    return true;  // cannot be tried: httpd itself will judge
  int code = 0;
  std::string said;
  apr_exit_why_e why = APR_PROC_EXIT;
  for (apr_interval_time_t waited = 0; waited < kDryRunLimit; waited += kDryRunStep) {
    const apr_status_t rv = apr_proc_wait(&child, &code, &why, APR_NOWAIT);
    pass_on(child.err, said);  // after the look: what it said last is there when it has ended
    if (rv == APR_CHILD_DONE) {
      const bool good = why == APR_PROC_EXIT && code == 0;
      if (!good) fault = config::first_fault(said);
      return good;
    }
    if (rv != APR_CHILD_NOTDONE) return true;
    apr_sleep(kDryRunStep);
  }
  fault = "httpd -t did not come back in time";
  apr_proc_kill(&child, SIGKILL);
  apr_proc_wait(&child, &code, &why, APR_WAIT);
  return false;
}

}  // namespace navajo::glue
