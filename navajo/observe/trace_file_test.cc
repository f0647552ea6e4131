#include "navajo/observe/trace_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::observe;

namespace {

std::string content(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The lock of the version chain goes with the last process that compresses.
void wait_for_compressor(const std::string& path) {
  const int lock = open((path + ".lock").c_str(), O_RDWR);
  flock(lock, LOCK_EX);
  close(lock);
}

}  // namespace

TEST_GROUP(TraceFile) {
  std::string folder, path;
  TraceFileOptions options;
  void setup() override {
    char name[] = "/tmp/navajo-trace-XXXXXX";
    folder = mkdtemp(name);
    path = folder + "/navajo.log";
    options.path = path;
  }
  void teardown() override { std::filesystem::remove_all(folder); }
};

TEST(TraceFile, appends_to_what_is_there_with_the_mode_it_was_told) {
  std::ofstream(path) << "old\n";
  options.access = 0604;
  TraceFile file(options);
  CHECK(file.create());
  LONGS_EQUAL(4, file.write("new\n"));
  STRCMP_EQUAL("old\nnew\n", content(path).c_str());
  struct stat status;
  stat(path.c_str(), &status);
  LONGS_EQUAL(0604, status.st_mode & 07777);
}

TEST(TraceFile, begins_anew_when_it_is_not_to_append) {
  std::ofstream(path) << "old\n";
  options.append = false;
  TraceFile file(options);
  CHECK(file.create());
  file.write("new\n");
  STRCMP_EQUAL("new\n", content(path).c_str());
}

TEST(TraceFile, keeps_the_number_of_versions_it_was_told) {
  options.max_size = 4;
  options.max_versions = 2;
  TraceFile file(options);
  for (const char* record : {"one.\n", "two.\n", "three\n", "four.\n", "5\n"}) file.write(record);
  STRCMP_EQUAL("5\n", content(path).c_str());
  STRCMP_EQUAL("four.\n", content(path + ".1").c_str());
  STRCMP_EQUAL("three\n", content(path + ".2").c_str());
  CHECK_FALSE(std::filesystem::exists(path + ".3"));
}

TEST(TraceFile, empties_the_file_when_no_version_is_kept) {
  options.max_size = 4;
  options.max_versions = 0;
  TraceFile file(options);
  file.write("one.\n");
  file.write("2\n");
  STRCMP_EQUAL("2\n", content(path).c_str());
  CHECK_FALSE(std::filesystem::exists(path + ".1"));
}

TEST(TraceFile, compresses_the_version_it_has_made) {
  options.max_size = 4;
  options.compression = "gzip -1";
  TraceFile file(options);
  file.write("one.\n");
  wait_for_compressor(path);
  CHECK_FALSE(std::filesystem::exists(path + ".1"));
  const std::string bytes = content(path + ".1.gz");
  LONGS_EQUAL(0x1f, static_cast<unsigned char>(bytes[0]));
  file.write("two.\n");
  wait_for_compressor(path);
  STRCMP_EQUAL(bytes.c_str(), content(path + ".2.gz").c_str());
}

TEST(TraceFile, keeps_a_version_whose_compressor_fails) {
  options.max_size = 4;
  options.compression = "/nowhere/squeeze";
  TraceFile file(options);
  file.write("one.\n");
  wait_for_compressor(path);
  STRCMP_EQUAL("one.\n", content(path + ".1").c_str());
  CHECK_FALSE(std::filesystem::exists(path + ".1.z.part"));
}

TEST(TraceFile, follows_a_rotation_somebody_else_has_made) {
  TraceFile mine(options), other(options);
  mine.write("one\n");
  rename(path.c_str(), (path + ".moved").c_str());
  other.write("two\n");
  mine.write("three\n");
  STRCMP_EQUAL("two\nthree\n", content(path).c_str());
}

TEST(TraceFile, loses_and_tears_no_record_while_many_processes_write_and_rotate) {
  constexpr int kProcesses = 4, kRecords = 3000;
  options.max_size = 20000;
  options.max_versions = 1000;
  for (int p = 0; p < kProcesses; p++) {
    if (fork() != 0) continue;
    TraceFile file(options);
    bool good = true;
    for (int i = 0; i < kRecords; i++) {
      const std::string record = std::to_string(p) + " " + std::to_string(i) + " " + std::string(i % 90, 'x') + ".\n";
      good = good && file.write(record) == record.size() && file.rotation_error().empty();
    }
    _exit(good ? 0 : 1);
  }
  for (int p = 0; p < kProcesses; p++) {
    int status = -1;
    CHECK(wait(&status) > 0);
    LONGS_EQUAL(0, status);
  }
  std::map<std::pair<int, int>, int> seen;
  int versions = 0, torn = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().string().ends_with(".lock")) continue;
    versions++;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      int process = -1, number = -1, used = 0;
      if (sscanf(line.c_str(), "%d %d %n", &process, &number, &used) != 2 ||
          line.substr(used) != std::string(number % 90, 'x') + ".")
        torn++;
      seen[{process, number}]++;
    }
  }
  LONGS_EQUAL(0, torn);
  LONGS_EQUAL(kProcesses * kRecords, seen.size());
  for (const auto& [record, times] : seen) LONGS_EQUAL(1, times);
  CHECK(versions > 3);
}

TEST(TraceFile, ends_the_torn_record_of_a_full_disk_and_goes_on_when_there_is_room) {
  // A process of its own: the limit of a file's size stays with it.
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit full, before;
    getrlimit(RLIMIT_FSIZE, &before);
    full = before;
    full.rlim_cur = 10;
    TraceFile file(options);
    setrlimit(RLIMIT_FSIZE, &full);
    const bool first = file.write("one\ntwo\nthree\n") == 8 && !file.error().empty();
    const bool again = file.write("three\n") == 0;
    setrlimit(RLIMIT_FSIZE, &before);
    const bool last = file.write("three\n") == 6 && file.error().empty();
    _exit(first && again && last ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  LONGS_EQUAL(0, status);
  STRCMP_EQUAL("one\ntwo\nth\nthree\n", content(path).c_str());
}

TEST(TraceFile, says_what_is_wrong_and_writes_when_the_folder_is_there) {
  options.path = folder + "/later/navajo.log";
  TraceFile file(options);
  CHECK_FALSE(file.create());
  STRCMP_CONTAINS("later/navajo.log: No such file", file.error().c_str());
  LONGS_EQUAL(0, file.write("lost\n"));
  std::filesystem::create_directory(folder + "/later");
  LONGS_EQUAL(3, file.write("in\n"));
  CHECK(file.error().empty());
}

TEST(TraceFile, does_not_follow_a_symbolic_link) {
  std::ofstream(folder + "/target") << "precious\n";
  symlink((folder + "/target").c_str(), path.c_str());
  TraceFile file(options);
  LONGS_EQUAL(0, file.write("x\n"));
  STRCMP_EQUAL("precious\n", content(folder + "/target").c_str());
}
