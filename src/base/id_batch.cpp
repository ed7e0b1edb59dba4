// Ids of many chunks at once: independent messages keep several lanes of the processor's SHA unit
// busy, where one message waits for itself. By intel-ipsec-mb where the build has it, else one
// after the other.
#include <algorithm>

#include "stet/base/id.hpp"

#ifdef STET_HAS_IPSEC_MB
#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include <memory>
#include <mutex>
#include <vector>
#endif

namespace stet {

namespace {

void name_each(std::span<const BytesView> plains, std::span<Id> ids) {
  std::transform(plains.begin(), plains.end(), ids.begin(), id_of);
}

#ifdef STET_HAS_IPSEC_MB

// Less than this isn't worth a manager.
constexpr std::size_t kChunksMin = 8;
// What the lanes count with is narrow, so long messages go by themselves.
constexpr std::size_t kLaneBytesMax = 32u << 10;

struct ManagerDeleter {
  void operator()(IMB_MGR* manager) const noexcept { free_mb_mgr(manager); }
};
using Manager = std::unique_ptr<IMB_MGR, ManagerDeleter>;

// Null where the library finds nothing that it can use here, or fails its own tests.
Manager make_manager() {
  Manager manager(alloc_mb_mgr(0));
  if (manager == nullptr) return manager;
  IMB_ARCH architecture = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager.get(), &architecture);
  const bool passed = imb_get_errno(manager.get()) == 0 && architecture != IMB_ARCH_NONE &&
                      (manager->features & IMB_FEATURE_SELF_TEST_PASS) != 0;
  if (!passed) manager.reset();
  return manager;
}

// Managers take long to make, and serve one thread at a time.
class Managers {
 public:
  Manager take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        Manager manager = std::move(idle_.back());
        idle_.pop_back();
        return manager;
      }
      if (is_missing_) return nullptr;
    }
    Manager manager = make_manager();
    if (manager == nullptr) {
      const std::lock_guard lock(mutex_);
      is_missing_ = true;
    }
    return manager;
  }
  void give_back(Manager manager) {
    constexpr std::size_t kIdleMax = 8;
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleMax) idle_.push_back(std::move(manager));
  }

 private:
  std::mutex mutex_;
  std::vector<Manager> idle_;  // guarded by mutex_
  bool is_missing_ = false;    // guarded by mutex_
};

Managers& managers() {
  static Managers* const made = new Managers;  // threads may outlive what is destroyed at exit
  return *made;
}

// Whether all went through the lanes.
bool name_in_lanes(IMB_MGR& manager, std::span<const BytesView> plains, std::span<Id> ids) {
  std::size_t done = 0;
  const auto collect = [&done](const IMB_JOB* job) { done += job->status == IMB_STATUS_COMPLETED; };
  for (std::size_t i = 0; i < plains.size(); ++i) {
    if (plains[i].size() > kLaneBytesMax || plains[i].empty()) {
      ids[i] = id_of(plains[i]);
      ++done;
      continue;
    }
    IMB_JOB* job = IMB_GET_NEXT_JOB(&manager);
    job->cipher_mode = IMB_CIPHER_NULL;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_HASH_CIPHER;
    job->hash_alg = IMB_AUTH_SHA_256;
    job->src = plains[i].data();
    job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_hash_in_bytes = plains[i].size();
    job->auth_tag_output = ids[i].bytes.data();
    job->auth_tag_output_len_in_bytes = kIdBytes;
    for (job = IMB_SUBMIT_JOB(&manager); job != nullptr; job = IMB_GET_COMPLETED_JOB(&manager)) {
      collect(job);
    }
  }
  while (const IMB_JOB* const job = IMB_FLUSH_JOB(&manager)) collect(job);
  return done == plains.size();
}

#endif

}  // namespace

void ids_of(std::span<const BytesView> plains, std::span<Id> ids) {
#ifdef STET_HAS_IPSEC_MB
  if (plains.size() >= kChunksMin) {
    if (Manager manager = managers().take()) {
      const bool done = name_in_lanes(*manager, plains, ids);
      if (done) return managers().give_back(std::move(manager));
    }
  }
#endif
  name_each(plains, ids);
}

}  // namespace stet
