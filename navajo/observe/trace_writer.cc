#include "navajo/observe/trace_writer.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "navajo/observe/trace.h"

namespace navajo::observe {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kSecond{1000};
constexpr milliseconds kPatienceWithAReader{1000};

std::atomic<TraceWriter*> g_writer{nullptr};

void to_writer(std::string_view record) {
  if (TraceWriter* writer = g_writer.load(std::memory_order_acquire)) writer->push(record);
}

}  // namespace

TraceWriter::TraceWriter(TraceWriterOptions options)
    : options_(std::move(options)), file_(options_.file), queue_(options_.queue_limit) {}

TraceWriter::~TraceWriter() {
  if (g_writer.load() == this) {
    set_trace_sink(nullptr);
    g_writer.store(nullptr);
  }
  stop();
}

void TraceWriter::install() {
  g_writer.store(this);
  set_trace_sink(to_writer);
}

void TraceWriter::create_file() {
  if (options_.pipe < 0) tell(file_.create());
}

bool TraceWriter::push(std::string_view record) {
  if (threaded_.load(std::memory_order_acquire)) {
    if (queue_.push(record)) return true;
  } else if (!failing_ || Clock::now() - last_write_ >= options_.retry_interval) {
    // tell() logs, and its line would come here again: what the error log has is enough.
    last_write_ = Clock::now();
    if (write(record) == record.size()) {
      tell(true);
      return true;
    }
    if (!failing_) tell(false);
  }
  count(options_.reports.dropped);
  return false;
}

void TraceWriter::rotate_if_full() {
  if (options_.pipe < 0) file_.rotate_if_full();
}

// ---------------------------------------------------------------- the thread

void TraceWriter::start_thread() {
  // httpd's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  threaded_.store(true, std::memory_order_release);
}

void TraceWriter::stop(milliseconds limit) {
  if (!thread_.joinable()) return;
  queue_.close();
  // What hangs in a wait for a full disk or a pipe looks at give_up_ at the latest after that wait.
  (void)ended_.get_future().wait_for(limit);
  give_up_.store(true);
  thread_.join();
  file_.close();
}

void TraceWriter::run() {
  std::string batch;
  size_t done = 0;
  auto next_second = Clock::now() + kSecond;
  while (!give_up_.load()) {
    if (done == batch.size()) {
      done = 0;
      const auto wait = std::chrono::duration_cast<milliseconds>(next_second - Clock::now());
      if (!queue_.take(batch, std::clamp(wait, milliseconds(0), kSecond))) break;
    }
    if (!batch.empty()) {
      const bool last_try = queue_.closed();
      const size_t written = write(std::string_view(batch).substr(done));
      queue_.release(written);
      done += written;
      const bool all = done == batch.size();
      if (written > 0) last_write_ = Clock::now();
      tell(all);
      if (!all && last_try && !pipe_waits_) break;
      queue_.rest(all ? kGather : options_.retry_interval);
    }
    if (const auto now = Clock::now(); now >= next_second) {
      next_second = now + kSecond;
      if (file_.is_open() && now - last_write_ >= options_.file.close_when_idle) file_.close();
      if (!failing_) tell_dropped();
      if (options_.every_second) options_.every_second();
    }
  }
  if (part_ > 0) ends_torn_ = true;
  give_turn();
  ended_.set_value();
}

size_t TraceWriter::write(std::string_view records) {
  return options_.pipe < 0 ? file_.write(records) : write_to_pipe(records);
}

// One write for each record: one that is not longer than PIPE_BUF never mixes with those of other processes. Where
// there are longer ones, who writes has the turn, and keeps it as long as a record is in the pipe in part.
size_t TraceWriter::write_to_pipe(std::string_view records) {
  size_t done = 0;
  pipe_error_.clear();
  pipe_waits_ = false;
  if (!take_turn()) return 0;
  while (done < records.size()) {
    const size_t length = records.find('\n', done) + 1 - done;
    const std::string_view rest = ends_torn_ ? std::string_view("\n") : records.substr(done + part_, length - part_);
    const ssize_t written = ::write(options_.pipe, rest.data(), rest.size());
    if (written > 0) {
      if (ends_torn_) {
        ends_torn_ = false;
        continue;
      }
      part_ += static_cast<size_t>(written);
      if (part_ < length) continue;
      done += length;
      part_ = 0;
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      pollfd ready{options_.pipe, POLLOUT, 0};
      const auto patience = queue_.closed() ? milliseconds(100) : kPatienceWithAReader;
      if (poll(&ready, 1, static_cast<int>(patience.count())) > 0) continue;
      tell_waiting();
      break;
    }
    pipe_error_ = "cannot write to " + options_.pipe_program + ": " + strerror(errno);
    break;
  }
  if (part_ == 0) give_turn();
  return done;
}

bool TraceWriter::take_turn() {
  if (!options_.turn || has_turn_) return true;
  const PipeTurn::Taken taken = options_.turn->take(queue_.closed() ? milliseconds(100) : kPatienceWithAReader);
  has_turn_ = taken != PipeTurn::Taken::none;
  ends_torn_ = taken == PipeTurn::Taken::torn;
  if (!has_turn_) tell_waiting();
  return has_turn_;
}

void TraceWriter::tell_waiting() {
  pipe_waits_ = true;
  pipe_error_ = options_.pipe_program + " does not read its log lines";
}

void TraceWriter::give_turn() {
  if (!has_turn_) return;
  has_turn_ = false;
  options_.turn->give(ends_torn_ ? PipeTurn::Taken::torn : PipeTurn::Taken::whole);
}

// ---------------------------------------------------------------- what the error log is told

void TraceWriter::tell(bool written) {
  const std::string& error = options_.pipe < 0 ? file_.error() : pipe_error_;
  if (!written && !failing_) {
    failing_ = true;
    log(options_.reports.failed, "%s; the server goes on without its %s and tries again", error.c_str(),
        options_.reports.records.c_str());
  } else if (written && failing_) {
    failing_ = false;
    log(options_.reports.works, "%s are written to %s again", options_.reports.records.c_str(),
        options_.pipe < 0 ? options_.file.path.c_str() : options_.pipe_program.c_str());
  }
  if (file_.rotation_error() == told_rotation_) return;
  told_rotation_ = file_.rotation_error();
  if (!told_rotation_.empty())
    log(options_.reports.rotation_failed, "%s; lines are written to the file as it is", told_rotation_.c_str());
}

void TraceWriter::tell_dropped() {
  const auto now = Clock::now();
  if (now - told_dropped_ < options_.reports.lost_interval) return;
  const uint64_t dropped = queue_.take_dropped();
  if (dropped == 0) return;
  told_dropped_ = now;
  log(options_.reports.lost, "%llu %s of this process were dropped: the queue was full",
      static_cast<unsigned long long>(dropped), options_.reports.records.c_str());
}

}  // namespace navajo::observe
