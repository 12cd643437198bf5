#define _GNU_SOURCE
#include "CLedgerSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#else
#include <sys/random.h>
#endif

// Component by component, each from its parent's descriptor: slower, but everywhere the same.
static int walk_beneath(int folder, const char *path, int flags) {
  int current = -1;
  for (;;) {
    const char *slash = strchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : strlen(path);
    char name[NAME_MAX + 1];
    int next;
    if (length > NAME_MAX) {
      errno = ENAMETOOLONG;
      next = -1;
    } else if (length == 2 && memcmp(path, "..", 2) == 0) {
      errno = EXDEV;
      next = -1;
    } else {
      memcpy(name, path, length);
      name[length] = 0;
      int here = current < 0 ? folder : current;
      next = openat(here, name,
                    slash ? O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
                          : flags | O_NOFOLLOW | O_CLOEXEC);
      // Where a folder is asked for, a link is ENOTDIR too, as if nothing were there.
      struct stat status;
      if (next < 0 && errno == ENOTDIR) {
        int known = fstatat(here, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
        errno = known && S_ISLNK(status.st_mode) ? ELOOP : ENOTDIR;
      }
    }
    int problem = errno;
    if (current >= 0) close(current);
    if (next < 0 || !slash) {
      errno = problem;
      return next;
    }
    current = next;
    path = slash + 1;
  }
}

int ledger_open_beneath(int folder, const char *path, int flags) {
#if defined(__linux__) && defined(SYS_openat2)
  if (strlen(path) < PATH_MAX - 1) {
    struct open_how how = {0};
    how.flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    for (int attempt = 0; attempt < 8; attempt++) {
      int descriptor = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
      if (descriptor >= 0) return descriptor;
      if (errno == EAGAIN || errno == EINTR) continue;
      if (errno != ENOSYS && errno != EPERM && errno != ENOTDIR) return -1;
      break;
    }
  }
#endif
  return walk_beneath(folder, path, flags);
}

int ledger_rename_noreplace(int old_folder, const char *old_name, int new_folder,
                            const char *new_name) {
#if defined(__linux__)
  return (int)syscall(SYS_renameat2, old_folder, old_name, new_folder, new_name, 1u);
#else
  return renameatx_np(old_folder, old_name, new_folder, new_name, RENAME_EXCL);
#endif
}

int ledger_rename_exchange(int one_folder, const char *one, int other_folder, const char *other) {
#if defined(__linux__)
  return (int)syscall(SYS_renameat2, one_folder, one, other_folder, other, 2u);
#else
  return renameatx_np(one_folder, one, other_folder, other, RENAME_SWAP);
#endif
}

void ledger_advise(int descriptor, int done) {
#if defined(__linux__)
  posix_fadvise(descriptor, 0, 0, done ? POSIX_FADV_DONTNEED : POSIX_FADV_SEQUENTIAL);
#else
  (void)descriptor;
  (void)done;
#endif
}

int ledger_is_written(int descriptor) {
#if defined(__linux__)
  // A lease to read is given only while nobody has the file open for writing; it is handed back at once.
  if (fcntl(descriptor, F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN;
  fcntl(descriptor, F_SETLEASE, F_UNLCK);
#else
  (void)descriptor;
#endif
  return 0;
}

int ledger_sync_file_system(int descriptor) {
#if defined(__linux__)
  return syncfs(descriptor);
#else
  return fsync_volume_np(descriptor, SYNC_VOLUME_FULLSYNC | SYNC_VOLUME_WAIT);
#endif
}

int ledger_random(void *buffer, uint32_t count) { return getentropy(buffer, count); }

int ledger_is_mount_root(int descriptor) {
#if defined(__linux__) && defined(SYS_statx) && defined(STATX_ATTR_MOUNT_ROOT)
  struct statx status;
  if (syscall(SYS_statx, descriptor, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) != 0) return 0;
  return (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT);
#else
  (void)descriptor;
  return 0;
#endif
}

uint64_t ledger_file_system(int descriptor) {
#if defined(__linux__)
  struct statfs status;
  if (fstatfs(descriptor, &status) != 0) return 0;
  // Of these the id is made of the file system's own; of others it may be the device's number.
  if (status.f_type != EXT4_SUPER_MAGIC && status.f_type != BTRFS_SUPER_MAGIC) return 0;
  uint64_t id = 0;
  memcpy(&id, &status.f_fsid, sizeof id);
  return id;
#else
  (void)descriptor;
  return 0;
#endif
}

int ledger_clone_bytes(int from, int to) {
#if defined(__linux__) && defined(FICLONE)
  return ioctl(to, FICLONE, from);
#else
  (void)from;
  (void)to;
  errno = ENOSYS;
  return -1;
#endif
}

int64_t ledger_copy_bytes(int from, int to, int64_t count) {
#if defined(__linux__) && defined(SYS_copy_file_range)
  return syscall(SYS_copy_file_range, from, NULL, to, NULL, (size_t)count, 0U);
#else
  (void)from;
  (void)to;
  (void)count;
  errno = ENOSYS;
  return -1;
#endif
}
