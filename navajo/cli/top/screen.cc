#include "navajo/cli/top/screen.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace navajo::cli::top {
namespace {

// Another screen, no cursor; and back. Lines are not wrapped.
constexpr char kTakeOver[] = "\033[?1049h\033[?25l\033[?7l";
constexpr char kGiveBack[] = "\033[0m\033[?7h\033[?25h\033[?1049l";

// What signal handlers need. Plain data: they run at any time.
termios g_before{};
volatile sig_atomic_t g_taken = 0;
volatile sig_atomic_t g_end = 0;

// Only what signal-safety(7) allows.
void put(const char* text, size_t length) { (void)!write(STDOUT_FILENO, text, length); }

void give_back() {
  if (!g_taken) return;
  g_taken = 0;
  put(kGiveBack, sizeof kGiveBack - 1);
  tcsetattr(STDIN_FILENO, TCSADRAIN, &g_before);
}

void take_over() {
  termios raw = g_before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  put(kTakeOver, sizeof kTakeOver - 1);
  g_taken = 1;
}

void on_end(int) { g_end = 1; }
void on_resize(int) {}
void on_continue(int) {
  if (!g_taken) take_over();
}

// A crash, or Ctrl-Z: the terminal first, then what the signal means without us.
void on_fatal(int number) {
  give_back();
  signal(number, SIG_DFL);
  raise(number);
}
void on_stop(int) {
  give_back();
  // Stops here; goes on with on_continue().
  raise(SIGSTOP);
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a wait for a key ends.
  sigaction(number, &action, nullptr);
}

winsize size_now() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 2 || size.ws_col < 10) {
    size.ws_row = 24;
    size.ws_col = 80;
  }
  return size;
}

}  // namespace

bool Screen::is_terminal() { return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO); }

Screen::Screen() {
  tcgetattr(STDIN_FILENO, &g_before);
  g_end = 0;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) handle(number, on_end);
  for (const int number : {SIGQUIT, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) handle(number, on_fatal);
  handle(SIGTSTP, on_stop);
  handle(SIGCONT, on_continue);
  handle(SIGWINCH, on_resize);
  signal(SIGPIPE, SIG_IGN);
  take_over();
}

Screen::~Screen() {
  give_back();
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTSTP, SIGCONT,
                           SIGWINCH, SIGPIPE})
    signal(number, SIG_DFL);
}

size_t Screen::rows() const { return size_now().ws_row; }
size_t Screen::columns() const { return size_now().ws_col; }

void Screen::show(const std::string& lines) {
  // Over the picture before, each line to its end, and nothing below: no flicker.
  std::string out = "\033[H";
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    out += lines.substr(at, end - at) + "\033[K";
    at = end + 1;
    if (at < lines.size()) out += "\r\n";
  }
  out += "\033[J";
  put(out.data(), out.size());
}

Key Screen::wait(std::chrono::milliseconds patience) {
  if (g_end) return Key::quit;
  if (!typed_.empty()) return take_key(typed_);
  pollfd input{STDIN_FILENO, POLLIN, 0};
  const int ready = poll(&input, 1, static_cast<int>(patience.count()));
  if (g_end) return Key::quit;
  if (ready <= 0) return Key::none;
  char bytes[32];
  const ssize_t length = read(STDIN_FILENO, bytes, sizeof bytes);
  if (length < 0 && errno == EINTR) return Key::none;
  // Readable without a byte: the terminal has gone.
  if (length <= 0) return Key::quit;
  typed_.assign(bytes, static_cast<size_t>(length));
  return take_key(typed_);
}

Key take_key(std::string& typed) {
  const bool sequence = typed.size() >= 3 && typed[0] == '\033' && (typed[1] == '[' || typed[1] == 'O');
  const std::string first = typed.substr(0, sequence ? 3 : 1);
  typed.erase(0, first.size());
  return key_of(first);
}

Key key_of(const std::string& bytes) {
  if (bytes == "q" || bytes == "Q" || bytes == "\x03" || bytes == "\x04") return Key::quit;
  if (bytes == "\t") return Key::tab;
  if (bytes == " " || bytes == "p") return Key::pause;
  if (bytes == "r") return Key::reverse;
  if (bytes == "h" || bytes == "?") return Key::help;
  if (bytes == "\033[D" || bytes == "\033OD" || bytes == "<") return Key::left;
  if (bytes == "\033[C" || bytes == "\033OC" || bytes == ">") return Key::right;
  if (bytes == "\033[A" || bytes == "\033OA") return Key::up;
  if (bytes == "\033[B" || bytes == "\033OB") return Key::down;
  return Key::none;
}

}  // namespace navajo::cli::top
