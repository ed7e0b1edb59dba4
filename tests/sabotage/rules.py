"""The rules that are broken, one in each build: where they stand, what stands there instead, and which
invariants must see it. The text must stand there exactly once, so a rule that moves is noticed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    name: str
    file: str  # under src/; a header's name with the file that is compiled behind it
    find: str
    instead: str
    red: tuple[str, ...]  # gtest names; each must fail
    compiled: str = ""  # where `file` is a header


RULES = [
    Rule("no_sync", "engine/file/log.cpp",
         "auto synced = file_->sync_data();",
         "auto synced = Result<void>();",
         ("Invariant01.ASaveAcknowledged*", "Invariant05.*")),
    Rule("no_folder_sync", "engine/file/sweep.cpp",
         "auto named = options_.files->sync_directory(os::parent_directory(path_));",
         "auto named = Result<void>();",
         ("Invariant01.ASaveAcknowledged*", "Invariant13.ACrashInside*")),
    Rule("no_batch_hash", "engine/file/scan.cpp",
         "if (hasher_.finish() != commit->hash) {",
         "if (hasher_.finish() != commit->hash && has_index_) {",
         ("Invariant02.AfterACrash*", "Invariant03.*")),
    Rule("rename_before_sync", "engine/file/sweep.cpp",
         "  STET_CHECK(fresh->sync_all());\n  STET_CHECK(fresh->note_durable());\n"
         "  STET_CHECK(options_.files->rename(compaction_path(), path_));\n",
         "  STET_CHECK(options_.files->rename(compaction_path(), path_));\n"
         "  STET_CHECK(fresh->sync_all());\n  STET_CHECK(fresh->note_durable());\n",
         ("Invariant13.ACrashInside*",)),
    Rule("retry_after_failed_sync", "engine/file/log.cpp",
         "if (!synced.ok()) poisoned_ = true;",
         "if (!synced.ok()) synced = file_->sync_data();",
         ("Invariant08.*",)),
    Rule("takeover_without_rewrite", "engine/file/recovery.cpp",
         "STET_CHECK(rewrite(begin, last.end));",
         "(void)begin;",
         ("Invariant08.AHandle*",)),
    Rule("short_write_ignored", "os/file.cpp",
         "    offset += count;\n    bytes = bytes.subspan(count);\n",
         "    offset += count;\n    bytes = {};\n",
         ("Invariant01.AlsoWhere*",)),
    Rule("wrong_lock", "engine/file/lock.cpp",
         "file->try_lock(os::LockKind::exclusive, offset, length)",
         "file->try_lock(os::LockKind::shared, offset, length)",
         ("Invariant10.*", "Invariant11.*")),
    Rule("no_compare", "engine/file/swap.cpp",
         "if ((*actual)[i] == swap.changes[i].expected) continue;",
         "if (!actual->empty()) continue;",
         ("Invariant10.*", "Invariant11.*")),
    Rule("no_epoch_assert", "store/attempt.cpp",
         "  changes.push_back(std::move(epoch));\n",
         "  if (next_epoch_) changes.push_back(std::move(epoch));\n",
         ("Invariant13.ACompactionBetween*",)),
    Rule("no_reader_sync", "engine/file/log.cpp",
         "  ++flushes;\n  return sync();\n",
         "  ++flushes;\n  return {};\n",
         ("Invariant05.*",)),
    Rule("compaction_misses_the_tail", "engine/file/sweep.cpp",
         "  old->wipe_written_ahead();  // the new file hasn't it\n"
         "  STET_CHECK(compaction.copy_chunks(old->position()));\n",
         "  old->wipe_written_ahead();  // the new file hasn't it\n",
         ("Invariant13.ASaveBeside*",)),
    Rule("later_commits_ignored", "engine/file/search.cpp",
         "if (later) behind.later_commit = later->end - kCommitFrameBytes;",
         "(void)later;",
         ("Invariant07.*",)),
    Rule("failed_sync_called_failed", "engine/file/log_append.cpp",
         "if (auto done = sync(); !done.ok()) return unknown_outcome(done.error());",
         "if (auto done = sync(); !done.ok()) return done.error();",
         ("Invariant09.*",)),
    Rule("failed_write_called_done", "engine/file/log_append.cpp",
         "    STET_CHECK(write_batch(begin, batch, growth));\n",
         "    (void)write_batch(begin, batch, growth);\n",
         ("Invariant09.*",)),
    Rule("recovery_cuts_too_much", "engine/file/recovery.cpp",
         "STET_CHECK(file_->truncate(position_.end));",
         "STET_CHECK(file_->truncate(last_batch_begin_));",
         ("Invariant04.*",)),
    Rule("index_blocks_unchecked", "engine/file/block.cpp",
         "if (stored == hash_of_block(content, salt_, offset)) block",
         "if (stored != 0 && !content.empty()) block",
         ("Invariant06.AnIndex*",)),
    Rule("slot_before_index", "engine/file/log_index.cpp",
         "STET_CHECK(append(batch, wait, flushes, synced));",
         "STET_CHECK(append(batch, wait, flushes, false));",
         ("Invariant01.AlsoWhereAnIndex*",)),
    Rule("not_looked_whether_it_landed", "store/attempt.cpp",
         "    STET_TRY(const bool descends, history.is_ancestor(version, *head.id));\n"
         "    if (descends) return true;\n",
         "",
         ("Invariant12.*",)),
    Rule("order_of_keys_unchecked", "codec/dag_cbor_decoder.hpp",
         "if (left != members && !key_less(previous, key)) return bad_order(key_at, previous == key);",
         "if (left != members && previous == key) return bad_order(key_at, true);",
         ("Invariant14.AnEncoding*",), "codec/dag_cbor_decode.cpp"),
    Rule("chunk_ids_unchecked", "tree/chunk_reader.cpp",
         "if (named[i] != ids[i]) return mismatch(ids[i]);",
         "if (named.empty()) return mismatch(ids[i]);",
         ("Invariant15.*",)),
    Rule("no_limit_of_depth", "codec/json_decode.cpp",
         "  [[gnu::noinline]] Token list(Token at, std::size_t depth) {\n"
         "    if (depth >= depth_max_) return too_deep(at);\n",
         "  [[gnu::noinline]] Token list(Token at, std::size_t depth) {\n",
         ("Invariant16.*",)),
    Rule("files_for_everybody", "engine/file/log.cpp",
         "os::OpenMode::create_new, 0600",
         "os::OpenMode::create_new, 0644",
         ("Invariant19.EveryFile*",)),
    Rule("names_unchecked", "store/spec.cpp",
         'if (part == "." || part == "..") {',
         'if (part == ".") {',
         ("Invariant19.NoDocument*",)),
]
