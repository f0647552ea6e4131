#include "navajo/telemetry/collector.h"

#include "navajo/base/build_config.h"

#if NAVAJO_HAVE_CURL
#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#endif

namespace navajo::telemetry {

#if NAVAJO_HAVE_CURL
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr size_t kLongestAnswer = 64 * 1024;
constexpr milliseconds kConnectTimeout{3000};
constexpr int kTurn = 200;  // ms between looks at whether there is a hurry, should the wake-up come between two polls

class HttpCollector final : public Collector {
 public:
  explicit HttpCollector(const CollectorOptions& options) : options_(options) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    multi_ = curl_multi_init();
    easy_ = curl_easy_init();
    for (const std::string& header : options_.headers) append(header);
    append("Content-Type: application/json");
    append("Expect:");  // no 100-continue: one round trip less
  }
  ~HttpCollector() override {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
  }
  HttpCollector(const HttpCollector&) = delete;
  HttpCollector& operator=(const HttpCollector&) = delete;

  Delivery post(const std::string& path, const std::string& json) override {
    if (!multi_ || !easy_) return {Delivery::Result::later, {}, "out of memory"};
    answer_.clear();
    set_up(options_.base + path, json);
    if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) return {Delivery::Result::later, {}, "libcurl"};
    const CURLcode code = transfer();
    curl_multi_remove_handle(multi_, easy_);
    return judge(code);
  }

  void hurry(milliseconds left) override {
    end_.store((Clock::now() + left).time_since_epoch().count());
    if (multi_) curl_multi_wakeup(multi_);
  }

 private:
  void append(const std::string& header) { headers_ = curl_slist_append(headers_, header.c_str()); }

  void set_up(const std::string& url, const std::string& json) {
    curl_easy_reset(easy_);
    const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(easy_, option, value); };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, json.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
    set(CURLOPT_HTTPHEADER, headers_);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOPROXY, "*");  // where it goes is what the configuration says, not the environment
    set(CURLOPT_USERAGENT, "navajo/" NAVAJO_VERSION);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(options_.timeout, kConnectTimeout).count()));
    set(CURLOPT_ERRORBUFFER, error_);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&answer_));
    set(CURLOPT_WRITEFUNCTION, &HttpCollector::take);
    if (!options_.ca_certificate.empty()) set(CURLOPT_CAINFO, options_.ca_certificate.c_str());
    error_[0] = 0;
  }

  static size_t take(char* data, size_t, size_t bytes, void* answer) {
    auto& text = *static_cast<std::string*>(answer);
    text.append(data, std::min(bytes, kLongestAnswer - std::min(text.size(), kLongestAnswer)));
    return bytes;
  }

  bool too_late() const {
    const Clock::rep end = end_.load();
    return end != 0 && Clock::now().time_since_epoch().count() >= end;
  }

  CURLcode transfer() {
    while (!too_late()) {
      int running = 0;
      if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left))
        if (message->msg == CURLMSG_DONE) return message->data.result;
      if (curl_multi_poll(multi_, nullptr, 0, kTurn, nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
    }
    return CURLE_ABORTED_BY_CALLBACK;
  }

  Delivery judge(CURLcode code) {
    if (code == CURLE_ABORTED_BY_CALLBACK) return {Delivery::Result::later, {}, "given up: this child ends"};
    if (code != CURLE_OK) return {Delivery::Result::later, {}, error_[0] ? error_ : curl_easy_strerror(code)};
    long status = 0;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &retry_after);
    if (status == 200) return {Delivery::Result::taken, {}, std::move(answer_)};
    const bool later = status == 429 || status == 502 || status == 503 || status == 504;
    return {later ? Delivery::Result::later : Delivery::Result::refused,
            std::chrono::seconds(std::clamp<curl_off_t>(retry_after, 0, 3600)),
            "it answered " + std::to_string(status)};
  }

  const CollectorOptions options_;
  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  char error_[CURL_ERROR_SIZE] = {};
  std::string answer_;
  std::atomic<Clock::rep> end_{0};
};

}  // namespace

bool has_http_collector() { return true; }
std::unique_ptr<Collector> make_http_collector(const CollectorOptions& options) {
  return std::make_unique<HttpCollector>(options);
}
#else
bool has_http_collector() { return false; }
std::unique_ptr<Collector> make_http_collector(const CollectorOptions&) { return nullptr; }
#endif

}  // namespace navajo::telemetry
