#include "navajo/api/status_source.h"

#include <atomic>

namespace navajo::api {
namespace {
std::atomic<const StatusSource*> g_source{nullptr};
}

void set_status_source(const StatusSource* source) { g_source.store(source, std::memory_order_release); }
const StatusSource* status_source() { return g_source.load(std::memory_order_acquire); }

}  // namespace navajo::api
