// A store's open file: the log, what it says, and how a batch is added to it.
//
// Invariants: the state is that of a prefix of whole commits, each durable before it was applied;
// nothing is written unless prepare() said that the log's end is clean, or looks so by its first
// bytes; a batch is begun only after the one before it is durable.
//
// Thread rule: readers' methods from any thread; catch_up() and writers' methods one at a time, and
// writers' methods under the writer's lock on the file (kWriterLock) besides.
#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <string>

#include "engine/file/batch.hpp"
#include "engine/file/header.hpp"
#include "engine/file/index.hpp"
#include "engine/file/lock.hpp"
#include "stet/engine/file.hpp"

namespace stet::file {

// What was found in a log beyond its damage.
struct Passed {
  std::vector<Damage> lost;  // that the bytes of the file don't tell
  std::vector<UnprovenRef> unproven;
  std::uint64_t content_end = 0;
};

class Log {
 public:
  // `flushes` counts waits for the device, here and below. Errors: as open_file.
  static Result<std::shared_ptr<Log>> open(os::FileSystem& files, const std::string& path,
                                           bool read_only,
                                           std::shared_ptr<const RecordPacker> packer,
                                           std::uint64_t& flushes);
  // The same where the log is damaged: then passed() says so, and only mending writes to the store.
  static Result<std::shared_ptr<Log>> open_damaged(os::FileSystem& files, const std::string& path,
                                                   bool read_only,
                                                   std::shared_ptr<const RecordPacker> packer,
                                                   std::uint64_t& flushes);
  // Makes a new file at `path`, with nothing in it but the header; not synced.
  static Result<std::shared_ptr<Log>> create(os::FileSystem& files, const std::string& path,
                                             const Salt& salt,
                                             std::shared_ptr<const RecordPacker> packer);

  os::File& file() const noexcept { return *file_; }
  const std::shared_ptr<os::File>& shared_file() const noexcept { return file_; }
  const os::FileIdentity& identity() const noexcept { return identity_; }
  const Salt& salt() const noexcept { return salt_; }
  Position position() const;
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  std::vector<std::string> notes() const;
  void note(std::string what);
  // A sync failed, or a save was interrupted: this Log must not be used but for reading what it had
  // applied.
  bool poisoned() const noexcept { return poisoned_; }
  // Null where no damage was passed over. Constant after it was opened.
  const Passed* passed() const noexcept { return passed_ ? &*passed_ : nullptr; }

  // Readers.
  Result<std::optional<Place>> find(const Id& id, Expected expected = Expected::no) const;
  Result<Bytes> read_chunk(const Id& id, const Place& place) const;
  // The pack that holds the chunk, or null. Chunks that find() finds may lie in one too, which is
  // older.
  Result<std::shared_ptr<const OpenPack>> find_pack(const Id& id) const;
  // Where the only pack lies that may hold it.
  Result<std::optional<std::uint64_t>> find_pack_offset(const Id& id) const;
  const Packs& packs() const noexcept { return packs_; }
  // The chunks and packs that lie from `begin` on and before `end`, as far as the index knows.
  Result<ScannedBatch> found_between(std::uint64_t begin, std::uint64_t end) const;
  // Of the chunks that the index has in the pack whose frame begins there.
  Result<std::vector<IdStart>> starts_in_pack(std::uint64_t pack) const;
  Result<std::vector<std::optional<RefValue>>> read_refs(std::span<const std::string> names) const;
  Result<RefPage> list_refs(std::string_view prefix, std::string_view cursor,
                            std::size_t limit) const;
  // Applies what others have committed, after a sync where that is new. A poisoned Log applies only
  // what others have made durable without it. `broken`: the log is followed by something that is no
  // batch, or not yet.
  Result<BatchEnd> catch_up(std::uint64_t& flushes);

  // Writers.
  bool prepared() const noexcept { return prepared_; }
  // The file's size as it is now, under the writer's lock: whoever fails to save makes the file
  // shorter again, and what lies behind the end is written to only under kGrowLock.
  void note_size(std::uint64_t size_bytes) noexcept { size_bytes_ = size_bytes; }
  // Reads the slot again, which another writer may have written. Under the writer's lock.
  Result<void> adopt_newest_slot();
  // Whether note_durable() has something to say.
  bool has_news() const noexcept { return durable_sequence_ > slot_.durable_sequence; }
  // Catches up, sets a torn tail aside and makes sure that all that was read is durable.
  Result<void> prepare(os::FileSystem& files, const std::string& path, const os::LockWait& wait,
                       std::uint64_t& flushes);
  // Writes closed parts of a batch behind the log's end while it is still collected, all but the
  // front, so that readers find nothing there. Until it is appended, or wiped, the writer's lock
  // must not be released. After an error, and after an exception, nothing is there.
  Result<void> write_ahead(std::span<const Batch::PartView> closed,
                           const std::shared_ptr<WrittenAhead>& batch, const os::LockWait& wait);
  bool has_written_ahead() const noexcept { return ahead_ != nullptr; }
  bool is_written_ahead(const WrittenAhead& batch) const noexcept { return ahead_.get() == &batch; }
  void wipe_written_ahead() noexcept;
  // Adds the commit that makes `batch` the next one.
  void finish(Batch& batch) const;
  // One write (of each part, where it is large) and one sync of a finished batch. `wait`: for those
  // who make the file longer meanwhile. Errors: outcome_unknown when the commit may be in the file
  // and isn't known to be durable; after any other, and after an exception, nothing has happened.
  // `synced` false: for a file that nobody else can see yet.
  Result<void> append(const Batch& batch, const os::LockWait& wait, std::uint64_t& flushes,
                      bool synced = true);
  // Shows readers what the batch appended last has brought, and takes that out of the batch.
  void apply(Batch& batch) noexcept;
  bool wants_index() const;
  std::size_t tail_entries() const;  // what follows the newest index
  Result<void> append_index(const os::LockWait& wait, bool synced = true);
  // Makes durable what was appended without a sync.
  Result<void> sync_all();
  // Says in the header what is durable by now, so that the next to open need not sync again.
  Result<void> note_durable();
  // Whether the file is known to have its name for good.
  bool named() const noexcept { return slot_.named; }
  // The file has its name for good; nobody has to sync the folder again. Under the writer's lock.
  Result<void> note_named();

  // Beside a writer.
  bool wants_zeros() const;
  // Writes zeros behind the end of the file and syncs them.
  Result<void> extend_with_zeros(const os::LockWait& wait);

 private:
  Log(std::unique_ptr<os::File> file, const os::FileStatus& status, const Salt& salt,
      std::shared_ptr<const RecordPacker> packer);

  // The right to make the file longer, and how long it was when it was given.
  struct Growth {
    std::unique_lock<std::timed_mutex> threads;
    FileLock lock;
    std::uint64_t size_bytes;
  };

  // Constant after construction.
  const std::shared_ptr<os::File> file_;
  const os::FileIdentity identity_;
  const Salt salt_;
  const std::shared_ptr<BlockReader> blocks_;
  const Packs packs_;
  const Error interrupted_;  // made while there is memory to make it
  std::optional<Passed> passed_;

  static Result<std::shared_ptr<Log>> open_unloaded(os::FileSystem& files, const std::string& path,
                                                    bool read_only,
                                                    std::shared_ptr<const RecordPacker> packer,
                                                    std::vector<Slot>& slots);
  Result<void> load(const std::vector<Slot>& slots, bool read_only, std::uint64_t& flushes);
  Result<void> make_durable(bool read_only, std::uint64_t& flushes);
  Result<void> load_passing_damage(const std::vector<Slot>& slots, bool with_index);
  Result<bool> step(Window& window, bool with_index);
  Result<bool> pass_damage();
  Result<void> pass_end();
  void note_untold(std::uint64_t begin, std::uint64_t end);
  Result<void> scavenge(std::uint64_t begin, std::uint64_t end);
  Result<void> check_untouched() const;
  Result<void> load_index(const std::vector<Slot>& slots);
  Result<void> load_tail();
  Result<bool> pass_damaged_index(BatchEnd end, const ScannedBatch& batch);
  Result<std::shared_ptr<const Index>> read_index(const Span& manifest) const;
  Result<void> read_around(const std::shared_ptr<const Index>& damaged, const Error& error) const;
  Result<void> add_to_tail(Tail& tail, const ScannedBatch& batch) const;
  Result<IndexFrames> new_index() const;
  Result<BatchEnd> scan_ahead(std::vector<ScannedBatch>& found) const;
  Result<std::uint64_t> durable_without_us(std::span<const ScannedBatch> found) const;
  Result<void> apply(const ScannedBatch& batch);
  Result<void> sync();
  Result<void> set_torn_tail_aside(os::FileSystem& files, const std::string& path,
                                   std::uint64_t content_end, const os::LockWait& wait);
  Result<void> rewrite(std::uint64_t begin, std::uint64_t end);
  Result<void> write_zeros(std::uint64_t begin, std::uint64_t end);
  Result<void> cut_off(std::uint64_t content_end, const os::LockWait& wait);
  Result<Growth> begin_growth(const os::LockWait& wait);
  Result<void> write_batch(std::uint64_t offset, const Batch& batch,
                           const std::optional<Growth>& growth);
  // `ahead`: so many parts are in the file, but for the front.
  Result<void> write_parts(std::uint64_t offset, const Batch& batch, std::size_t ahead);
  bool may_be_committed(std::uint64_t offset, const Batch& batch);
  Result<void> write_closed(std::span<const Batch::PartView> closed, const os::LockWait& wait);
  void undo_write(std::uint64_t begin, std::uint64_t end, std::optional<std::uint64_t> size_before);
  void poison() noexcept;

  // Changed one at a time, by catch_up() and writers; readers take mutex_ shared. What is known of
  // the log is the same wherever it lies, so readers that meet a damaged index may move it.
  mutable std::shared_mutex mutex_;
  Position position_;                                                       // guarded by mutex_
  mutable Tail tail_;                                                       // guarded by mutex_
  mutable std::shared_ptr<const Index> index_ = std::make_shared<Index>();  // guarded by mutex_
  mutable std::vector<std::string> notes_;                                  // guarded by mutex_
  mutable std::mutex
      read_around_mutex_;  // before mutex_; who reads the log anew for want of an index

  // Of catch_up() and writers alone.
  Slot slot_;                           // the newest known
  std::uint64_t durable_sequence_ = 0;  // commits up to it are known to be durable
  std::uint64_t last_batch_begin_ = 0;  // of the batch that ends at position_.end
  bool prepared_ = false;
  std::shared_ptr<WrittenAhead> ahead_;  // of the batch that is written ahead

  std::mutex sync_mutex_;
  std::timed_mutex grow_mutex_;  // who makes the file longer, with kGrowLock
  std::atomic<std::uint64_t> size_bytes_;
  std::atomic<bool> poisoned_ = false;  // set under sync_mutex_
};

}  // namespace stet::file
