#pragma once
#include <git2.h>
#include <git2/sys/repository.h>

/// Swift can't call variadic `git_libgit2_opts`; this turns on fsync of objects and refs.
static inline int ledger_git_enable_fsync(void) {
  return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
}
