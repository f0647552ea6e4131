#include "navajo/observe/trace_writer.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"
#include "navajo/observe/status_segment.h"
#include "navajo/observe/trace.h"

using namespace navajo::observe;
using namespace std::chrono_literals;

namespace {

std::vector<std::string>* g_said;
void keep(LogId, std::string_view text) { g_said->emplace_back(text); }

std::string content(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_GROUP(TraceWriter) {
  std::string folder, path;
  TraceWriterOptions options;
  std::vector<std::string> said;
  void setup() override {
    char name[] = "/tmp/navajo-trace-XXXXXX";
    folder = mkdtemp(name);
    path = options.file.path = folder + "/navajo.log";
    options.retry_interval = 1ms;
    g_said = &said;
    set_log_sink(keep, nullptr);
  }
  void teardown() override {
    set_log_sink(nullptr, nullptr);
    std::filesystem::remove_all(folder);
  }
};

TEST(TraceWriter, writes_at_once_while_there_is_no_thread) {
  TraceWriter writer(options);
  writer.push("one\n");
  STRCMP_EQUAL("one\n", content(path).c_str());
}

TEST(TraceWriter, has_written_everything_when_it_stops) {
  TraceWriter writer(options);
  writer.start_thread();
  std::string expected;
  for (int i = 0; i < 1000; i++) {
    const std::string record = std::to_string(i) + "\n";
    writer.push(record);
    expected += record;
  }
  writer.stop();
  STRCMP_EQUAL(expected.c_str(), content(path).c_str());
}

TEST(TraceWriter, takes_the_records_of_trace_while_it_is_installed) {
  {
    TraceWriter writer(options);
    writer.install();
    trace(TraceGroup::NavajoOp, TraceLevel::notice, "heard");
  }
  trace(TraceGroup::NavajoOp, TraceLevel::notice, "unheard");
  STRCMP_CONTAINS("5-NOTICE: heard\n", content(path).c_str());
  CHECK(content(path).find("unheard") == std::string::npos);
}

TEST(TraceWriter, tells_a_missing_folder_once_and_loses_nothing_that_fits_the_queue) {
  options.file.path = folder + "/later/navajo.log";
  TraceWriter writer(options);
  writer.install();
  writer.start_thread();
  for (int i = 0; i < 100; i++) writer.push("kept\n");
  // Its failure is told before the folder is there: the queue still holds the records.
  while (access((folder + "/later").c_str(), F_OK) != 0) {
    if (std::filesystem::create_directory(folder + "/later")) break;
  }
  writer.stop();
  const std::string text = content(options.file.path);
  size_t kept = 0;
  for (size_t at = text.find("kept\n"); at != std::string::npos; at = text.find("kept\n", at + 1)) kept++;
  LONGS_EQUAL(100, kept);
}

TEST(TraceWriter, tells_a_failure_once_and_its_end_once) {
  options.file.path = folder + "/later/navajo.log";
  TraceWriter writer(options);
  writer.create_file();
  options.retry_interval = 0ms;
  for (int i = 0; i < 10; i++) writer.push("lost\n");
  LONGS_EQUAL(1, said.size());
  STRCMP_CONTAINS("NVJ1190 cannot open", said[0].c_str());
  std::filesystem::create_directory(folder + "/later");
  while (content(options.file.path).empty()) writer.push("in\n");
  LONGS_EQUAL(2, said.size());
  STRCMP_CONTAINS("NVJ1191 ", said[1].c_str());
}

TEST(TraceWriter, drops_and_counts_what_finds_no_room) {
  int ends[2];
  CHECK(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
  options.pipe = ends[1];
  options.pipe_program = "a program that does not read";
  options.queue_limit = 1000;
  const uint64_t before = counter(Counter::trace_records_dropped).load();
  {
    TraceWriter writer(options);
    const std::string record = std::string(99, 'x') + "\n";
    writer.push(record);
    writer.start_thread();
    // More than the pipe and the queue hold.
    for (int i = 0; i < 100000; i++) writer.push(record);
    writer.stop(0ms);
  }
  CHECK(counter(Counter::trace_records_dropped).load() > before);
  // What went into the pipe is whole.
  std::string received(1 << 20, 0);
  const ssize_t length = read(ends[0], received.data(), received.size());
  CHECK(length > 0);
  LONGS_EQUAL(0, length % 100);
  close(ends[0]);
  close(ends[1]);
}

TEST(TraceWriter, lives_on_when_nobody_reads_its_pipe_any_more) {
  signal(SIGPIPE, SIG_IGN);
  int ends[2];
  CHECK(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
  close(ends[0]);
  options.pipe = ends[1];
  options.pipe_program = "the program";
  {
    TraceWriter writer(options);
    writer.push("one\n");
    writer.push("two\n");
  }
  LONGS_EQUAL(1, said.size());
  STRCMP_CONTAINS("NVJ1190 cannot write to the program: Broken pipe", said[0].c_str());
  close(ends[1]);
}
