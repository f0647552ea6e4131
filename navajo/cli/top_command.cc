#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <thread>

#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/top/frame.h"
#include "navajo/cli/top/screen.h"

namespace navajo::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using top::Key;

constexpr milliseconds kPatienceOfTop{1000};
constexpr char kKeys[] = "q quit   Tab processes, backends, causes   <- -> sort by   r other way round   space pause";

// "0.5", "2"; false: no number from 0.1 to 60.
bool parse_interval(const std::string& text, milliseconds& into) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0.1 && seconds <= 60)) return false;
  into = milliseconds(static_cast<int64_t>(seconds * 1000));
  return true;
}

int show_once(const Instance& instance, milliseconds interval, bool json) {
  const auto before = top::take_sample(instance, kPatienceOfTop);
  if (!before.ok()) return complain(before.error().text);
  std::this_thread::sleep_until(before->at + interval);
  const auto now = top::take_sample(instance, kPatienceOfTop);
  if (!now.ok()) return complain(now.error().text);
  const int64_t wall = time(nullptr);
  fputs(json ? top::frame_json(*before, *now, wall).c_str() : top::frame(*before, *now, {}, wall).c_str(), stdout);
  return kOk;
}

void act_on(Key key, top::View& view) {
  const size_t columns = top::columns_of(view.table);
  switch (key) {
    case Key::tab:
      view.table = static_cast<top::Table>((static_cast<int>(view.table) + 1) % 3);
      view.column = 0;
      break;
    case Key::left: view.column = (view.column + columns - 1) % columns; break;
    case Key::right: view.column = (view.column + 1) % columns; break;
    case Key::up:
    case Key::down:
    case Key::reverse: view.ascending = !view.ascending; break;
    case Key::pause: view.paused = !view.paused; break;
    default: break;
  }
}

// Until somebody wants no more, or the server is gone.
base::Status<> live(const Instance& instance, milliseconds interval) {
  auto now = top::take_sample(instance, kPatienceOfTop);
  if (!now.ok()) return base::Failed{now.error()};
  top::Sample before = *now;
  top::Screen screen;
  top::View view;
  view.colours = true;
  view.column = 3;  // requests
  for (auto next = now->at + interval;;) {
    view.rows = screen.rows() - 1;
    view.columns = screen.columns();
    screen.show(top::frame(before, *now, view, time(nullptr)) + kKeys);
    const auto left = std::chrono::ceil<milliseconds>(next - std::chrono::steady_clock::now());
    const Key key = screen.wait(std::max(milliseconds(0), left));
    if (key == Key::quit) return base::Done{};
    act_on(key, view);
    if (std::chrono::steady_clock::now() < next) continue;
    next = std::chrono::steady_clock::now() + interval;
    if (view.paused) continue;
    if (!instance.running()) return base::Failed{base::Error{"the server has ended"}};
    auto taken = top::take_sample(instance, kPatienceOfTop);
    if (!taken.ok()) return base::Failed{taken.error()};
    before = std::move(*now);
    now = std::move(taken);
  }
}

}  // namespace

int top_command(const Arguments& arguments) {
  milliseconds interval = 1s;
  if (arguments.has("--interval") && !parse_interval(arguments.value("--interval"), interval)) {
    fputs("navajo: --interval wants seconds from 0.1 to 60\n", stderr);
    return kUsage;
  }
  const auto instance = find_instance(arguments);
  if (!instance || !instance->running()) {
    complain(instance ? "not running (run directory " + instance->run_directory + ")" : instance.error().text);
    return kNotRunning;
  }
  const bool json = arguments.has("--json");
  if (json || arguments.has("--once")) return show_once(*instance, interval, json);
  if (!top::Screen::is_terminal()) return complain("'top' needs a terminal; without one: --once or --json");
  // After the screen has been given back.
  const auto ended = live(*instance, interval);
  return ended.ok() ? kOk : complain(ended.error().text);
}

}  // namespace navajo::cli
