#pragma once
#include <git2.h>
#include <git2/odb_backend.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/// Swift can't call variadic `git_libgit2_opts`; this turns on fsync of objects and refs, and makes
/// room for `ledger_git_guard_loose` before the loose objects.
static inline int ledger_git_prepare(void) {
  int code = git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
  return code < 0 ? code : git_libgit2_opts(GIT_OPT_SET_ODB_LOOSE_PRIORITY, 0);
}

/// Whether a zlib stream in a file ends: 1 if it does or the file is not there, 0 if it was cut short
/// or is no zlib stream.
static inline int ledger_zlib_is_whole(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return 1;
  static const size_t size = 1 << 16;
  unsigned char *in = (unsigned char *)malloc(size), *out = (unsigned char *)malloc(size);
  z_stream stream;
  memset(&stream, 0, sizeof(stream));
  int code = in && out ? inflateInit(&stream) : Z_MEM_ERROR;
  if (code == Z_OK) {
    while (code == Z_OK) {
      if (stream.avail_in == 0) {
        stream.next_in = in;
        stream.avail_in = (uInt)fread(in, 1, size, file);
        if (stream.avail_in == 0) break;
      }
      stream.next_out = out;
      stream.avail_out = (uInt)size;
      code = inflate(&stream, Z_NO_FLUSH);
    }
    inflateEnd(&stream);
  }
  free(in);
  free(out);
  fclose(file);
  return code == Z_STREAM_END;
}

typedef struct {
  git_odb_backend base;
  char *objects;
} ledger_guard;

static inline int ledger_guard_check(git_odb_backend *backend, const git_oid *id) {
  const char *objects = ((ledger_guard *)backend)->objects;
  char hex[GIT_OID_HEXSZ + 1], path[4096];
  git_oid_tostr(hex, sizeof(hex), id);
  int length = snprintf(path, sizeof(path), "%s/%.2s/%s", objects, hex, hex + 2);
  if (length < 0 || (size_t)length >= sizeof(path) || ledger_zlib_is_whole(path))
    return GIT_ENOTFOUND;  // The backend of loose objects is asked next.
  char words[128];
  snprintf(words, sizeof(words), "the object %s is cut short", hex);
  git_error_set_str(GIT_ERROR_ODB, words);
  return GIT_ERROR;
}

static inline int ledger_guard_read(
    void **data, size_t *size, git_object_t *type, git_odb_backend *backend, const git_oid *id) {
  (void)data, (void)size, (void)type;
  return ledger_guard_check(backend, id);
}

static inline int ledger_guard_read_header(
    size_t *size, git_object_t *type, git_odb_backend *backend, const git_oid *id) {
  (void)size, (void)type;
  return ledger_guard_check(backend, id);
}

// What libgit2 calls of a backend without a look whether it is there.
static inline int ledger_guard_exists(git_odb_backend *backend, const git_oid *id) {
  (void)backend, (void)id;
  return 0;
}

static inline int ledger_guard_foreach(
    git_odb_backend *backend, git_odb_foreach_cb each, void *payload) {
  (void)backend, (void)each, (void)payload;
  return 0;
}

static inline void ledger_guard_free(git_odb_backend *backend) {
  free(((ledger_guard *)backend)->objects);
  free(backend);
}

/// Makes reading a loose object that was cut short an error: libgit2 1.5 asks zlib for the rest
/// for ever (`git_zstream_get_output` takes Z_BUF_ERROR for progress).
static inline int ledger_git_guard_loose(git_repository *repository, const char *objects) {
  git_odb *odb = NULL;
  int code = git_repository_odb(&odb, repository);
  if (code < 0) return code;
  ledger_guard *guard = (ledger_guard *)calloc(1, sizeof(*guard));
  if (guard && (guard->objects = strdup(objects)) &&
      git_odb_init_backend(&guard->base, GIT_ODB_BACKEND_VERSION) == 0) {
    guard->base.read = ledger_guard_read;
    guard->base.read_header = ledger_guard_read_header;
    guard->base.exists = ledger_guard_exists;
    guard->base.foreach = ledger_guard_foreach;
    guard->base.free = ledger_guard_free;
    code = git_odb_add_backend(odb, &guard->base, 1);
    if (code < 0) ledger_guard_free(&guard->base);
  } else {
    if (guard) free(guard->objects);
    free(guard);
    code = GIT_ERROR;
  }
  git_odb_free(odb);
  return code;
}
