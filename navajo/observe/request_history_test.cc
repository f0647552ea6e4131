#include "navajo/observe/request_history.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "navajo/observe/cheap_ticks.h"

#include "CppUTest/TestHarness.h"

namespace navajo::observe {

TEST_GROUP(RequestHistory) {
  std::string folder = (std::filesystem::temp_directory_path() / ("history-" + std::to_string(getpid()))).string();
  std::string path = folder + "/requests";
  void setup() override { std::filesystem::create_directories(folder); }
  void teardown() override { std::filesystem::remove_all(folder); }

  RequestHistory open() { return std::move(*RequestHistory::open_or_create(path, 4)); }
  static RequestRecord record(std::string_view id, RecordKind kind = RecordKind::slow) {
    RequestRecord out{};
    put_text(out.id, id);
    out.kind = static_cast<uint8_t>(kind);
    return out;
  }
  static std::vector<std::string> ids(const RequestHistory& history, RecordKind kind) {
    std::vector<std::string> out;
    history.visit(kind, [&](const RequestRecord& one) {
      out.emplace_back(get_text(one.id));
      return true;
    });
    return out;
  }
};

TEST(RequestHistory, the_newest_come_first_and_each_kind_has_its_own) {
  const RequestHistory history = open();
  history.remember(record("first"));
  history.remember(record("second"));
  history.remember(record("blocked", RecordKind::blocked));
  CHECK_TRUE((ids(history, RecordKind::slow) == std::vector<std::string>{"second", "first"}));
  CHECK_TRUE((ids(history, RecordKind::blocked) == std::vector<std::string>{"blocked"}));
  CHECK_TRUE(ids(history, RecordKind::failed).empty());
  LONGS_EQUAL(2, history.count(RecordKind::slow));
}

TEST(RequestHistory, the_ring_keeps_the_last_ones) {
  const RequestHistory history = open();
  for (uint32_t i = 0; i < RequestHistory::kRing + 10; i++) history.remember(record("r" + std::to_string(i)));
  const auto all = ids(history, RecordKind::slow);
  LONGS_EQUAL(RequestHistory::kRing, all.size());
  STRCMP_EQUAL("r265", all.front().c_str());
  STRCMP_EQUAL("r10", all.back().c_str());
}

TEST(RequestHistory, a_request_is_found_by_its_id_a_transaction_id_or_a_beginning_that_is_long_enough) {
  const RequestHistory history = open();
  history.remember(record("0123456789abcdef0123456789abcdef", RecordKind::failed));
  RequestRecord found;
  CHECK_TRUE(history.find("0123456789abcdef0123456789abcdef", found));
  CHECK_TRUE(history.find("0123456789abcdef0123456789abcdef.aaaabbbbccccdddd", found));
  CHECK_TRUE(history.find("01234567", found));
  CHECK_FALSE(history.find("0123456", found));
  CHECK_FALSE(history.find("0123456789abcdef0123456789abcdee", found));
}

TEST(RequestHistory, the_file_of_the_same_parent_is_used_further) {
  { open().remember(record("before")); }
  const RequestHistory after = open();
  LONGS_EQUAL(1, ids(after, RecordKind::slow).size());
}

TEST(RequestHistory, a_file_that_is_something_else_is_replaced) {
  FILE* file = fopen(path.c_str(), "w");
  fputs("something else", file);
  fclose(file);
  const RequestHistory history = open();
  CHECK_TRUE(ids(history, RecordKind::slow).empty());
}

TEST(RequestHistory, a_folder_that_is_not_there_is_an_error) {
  CHECK_FALSE(RequestHistory::open_or_create(folder + "/none/requests", 1).ok());
}

TEST(RequestHistory, a_request_at_work_is_seen_until_it_is_over) {
  RequestHistory history = open();
  history.claim_child(1, 7);
  std::vector<LiveRequest> seen;
  const auto look = [&] {
    seen.clear();
    history.visit_live([&](const LiveRequest& one) {
      seen.push_back(one);
      return true;
    });
  };
  {
    LivePlace place({12345, "id-1", "192.0.2.1", "GET", "www.example.org", "/a", "token=secret&b=2"});
    place.enter("Rules");
    look();
    LONGS_EQUAL(1, seen.size());
    CHECK_TRUE(get_text(seen[0].path) == "/a?token=*&b=*");
    CHECK_TRUE(get_text(seen[0].element) == "Rules");
    LONGS_EQUAL(7, seen[0].generation);
    LONGS_EQUAL(getpid(), seen[0].pid);
  }
  look();
  CHECK_TRUE(seen.empty());
}

TEST(RequestHistory, requests_that_find_no_place_are_counted) {
  RequestHistory history = open();
  history.claim_child(0, 1);
  std::vector<std::unique_ptr<LivePlace>> places;
  for (uint32_t i = 0; i < RequestHistory::kLive + 3; i++)
    places.push_back(std::make_unique<LivePlace>(LivePlace::Facts{0, "x", "", "GET", "", "/", ""}));
  LONGS_EQUAL(3, history.not_shown());
}

TEST(RequestHistory, what_a_child_has_remembered_outlives_it_and_its_live_requests_do_not) {
  RequestHistory history = open();
  const pid_t child = fork();
  if (child == 0) {
    history.claim_child(0, 1);
    LivePlace place({1, "live", "", "GET", "", "/", ""});
    history.remember(record("of the child", RecordKind::failed));
    kill(getpid(), SIGKILL);
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  STRCMP_EQUAL("of the child", ids(history, RecordKind::failed).at(0).c_str());
  size_t live = 0;
  history.visit_live([&](const LiveRequest&) {
    live++;
    return true;
  });
  LONGS_EQUAL(0, live);
}

TEST(RequestHistory, threads_that_write_at_once_tear_no_record) {
  const RequestHistory history = open();
  std::atomic<bool> done{false};
  std::vector<std::thread> writers;
  for (char letter : {'a', 'b', 'c'})
    writers.emplace_back([&, letter] {
      const RequestRecord one = record(std::string(39, letter));
      for (int i = 0; i < 3000; i++) history.remember(one);
    });
  std::thread reader([&] {
    while (!done)
      for (const std::string& id : ids(history, RecordKind::slow))
        if (id != std::string(id.size(), id[0])) FAIL("a torn record");
  });
  for (std::thread& writer : writers) writer.join();
  done = true;
  reader.join();
}

TEST(RequestHistory, without_a_file_nothing_happens) {
  LivePlace place({1, "x", "", "GET", "", "/", ""});
  place.enter("y");
  POINTERS_EQUAL(nullptr, process_history());
}

TEST_GROUP(RequestTexts) {};

TEST(RequestTexts, of_a_query_the_names_stay_and_the_values_go) {
  char text[64];
  const auto written = [&](std::string_view path, std::string_view query) {
    return std::string(text, write_target(path, query, text, sizeof text));
  };
  STRCMP_EQUAL("/a", written("/a", "").c_str());
  STRCMP_EQUAL("/a?x=*&y=*", written("/a", "x=1&y=").c_str());
  STRCMP_EQUAL("/a?*", written("/a", "secret").c_str());
  STRCMP_EQUAL("/a?*", written("/a", "se%20cret=1").c_str());
  LONGS_EQUAL(64, written(std::string(70, 'a'), "x=1").size());
}

TEST(RequestTexts, a_text_is_cut_at_a_whole_character) {
  char text[4];
  put_text(text, "ab\xc3\xa4");
  STRCMP_EQUAL("ab", text);
  put_text(text, "a\xc3\xa4");
  STRCMP_EQUAL("a\xc3\xa4", text);
}

TEST(RequestTexts, ticks_are_time) {
  (void)nanoseconds_of(0);  // remembers where the clocks are
  const uint64_t begin = cheap_ticks();
  const auto wall = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - wall < std::chrono::milliseconds(2)) {
  }
  const double ns = nanoseconds_of(cheap_ticks() - begin);
  CHECK_TRUE(ns > 1e6 && ns < 1e9);
}

}  // namespace navajo::observe
