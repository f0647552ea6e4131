#include "modules/mod_navajo/last_good.h"

#include <cstring>
#include <vector>

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

constexpr char kKey[] = "navajo-last-good-configuration";
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

}  // namespace

void keep_as_last_good(const config::FileTexts& files, server_rec* server) {
  auto* kept = static_cast<Kept*>(ap_retained_data_get(kKey));
  if (!kept) kept = static_cast<Kept*>(ap_retained_data_create(kKey, sizeof(Kept)));
  apr_pool_t* pool;
  if (apr_pool_create(&pool, server->process->pool) != APR_SUCCESS) return;
  auto* copy = static_cast<KeptFile*>(apr_palloc(pool, files.size() * sizeof(KeptFile)));
  int count = 0;
  for (const auto& [path, text] : files)
    copy[count++] = {apr_pstrmemdup(pool, path.data(), path.size()), apr_pstrmemdup(pool, text.data(), text.size()),
                     text.size()};
  apr_pool_t* old = kept->pool;
  *kept = {pool, count, copy};
  if (old) apr_pool_destroy(old);
}

config::FileTexts last_good() {
  config::FileTexts files;
  const auto* kept = static_cast<const Kept*>(ap_retained_data_get(kKey));
  for (int i = 0; kept && i < kept->count; i++)
    files.emplace(kept->files[i].path, std::string(kept->files[i].text, kept->files[i].length));
  return files;
}

bool dry_run_succeeds(apr_pool_t* pool, process_rec* process) {
  const std::vector<const char*> arguments = test_arguments(process);
  apr_procattr_t* attributes;
  apr_proc_t child;
  if (apr_procattr_create(&attributes, pool) != APR_SUCCESS ||
      apr_procattr_cmdtype_set(attributes, APR_PROGRAM_ENV) != APR_SUCCESS ||
      apr_proc_create(&child, "/proc/self/exe", arguments.data(), nullptr, attributes, pool) != APR_SUCCESS)
    return true;  // cannot be tried: httpd itself will judge
  int code = 0;
  apr_exit_why_e why = APR_PROC_EXIT;
  for (apr_interval_time_t waited = 0; waited < kDryRunLimit; waited += kDryRunStep) {
    const apr_status_t rv = apr_proc_wait(&child, &code, &why, APR_NOWAIT);
    if (rv == APR_CHILD_DONE) return why == APR_PROC_EXIT && code == 0;
    if (rv != APR_CHILD_NOTDONE) return true;
    apr_sleep(kDryRunStep);
  }
  apr_proc_kill(&child, SIGKILL);
  apr_proc_wait(&child, &code, &why, APR_WAIT);
  return false;
}

}  // namespace navajo::glue
