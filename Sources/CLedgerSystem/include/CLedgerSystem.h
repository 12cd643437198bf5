#pragma once
#include <stdint.h>

/// Opens `path` below `folder` without following any symbolic link on the way, the last component
/// included. Like openat: a descriptor, or -1 with errno, ELOOP for a link and EXDEV for `..`. Any
/// length of path.
int ledger_open_beneath(int folder, const char *path, int flags);

/// Renames without replacing anything: 0, or -1 with errno, EEXIST where the new name is taken.
int ledger_rename_noreplace(int old_folder, const char *old_name, int new_folder,
                            const char *new_name);

/// Makes two names change places in one step: 0, or -1 with errno, EINVAL where the file system can't.
int ledger_rename_exchange(int one_folder, const char *one, int other_folder, const char *other);

/// Tells the kernel how a file will be read: `done` 0 before, 1 when its pages are not needed again.
void ledger_advise(int descriptor, int done);

/// Whether some program has a file open for writing, as far as the system tells: 1, else 0. The
/// descriptor is open for reading alone.
int ledger_is_written(int descriptor);

/// Writes all that an open folder's file system has not yet written to its disk: 0, or -1 with errno.
int ledger_sync_file_system(int descriptor);

/// Fills `buffer` with random bytes: 0, or -1 with errno.
int ledger_random(void *buffer, uint32_t count);

/// Whether an open folder is the root of something mounted, also where that is the same file system
/// as around it: 1, or 0 where it is not or the system can't tell.
int ledger_is_mount_root(int descriptor);

/// The id that an open folder's file system keeps wherever it is mounted; 0 where it has none or only
/// one that follows from the device.
uint64_t ledger_file_system(int descriptor);

/// Makes an empty open file share another one's bytes where the file system can, without copying any:
/// 0, or -1 with errno.
int ledger_clone_bytes(int from, int to);

/// Copies at most `count` bytes from one open file to another within the kernel, at both positions:
/// how many, 0 at the end, or -1 with errno, ENOSYS, EXDEV or EINVAL where that is not possible.
int64_t ledger_copy_bytes(int from, int to, int64_t count);
