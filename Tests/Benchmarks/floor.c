// What the bare machine needs for a scan: walks a tree with several threads and stats each file, or
// also reads it, or also hashes it. Prints what it saw, so that no work is left out.
//
//   cc -O2 -o floor floor.c -lcrypto -lpthread;  floor walk|read|sha256 ROOT THREADS
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 20 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static char **folders;
static size_t waiting, room, working;
static int reads, hashes;
static long long files, bytes, checks;

static void add(char *folder) {
  pthread_mutex_lock(&lock);
  if (waiting == room) folders = realloc(folders, (room = room ? room * 2 : 1024) * sizeof *folders);
  folders[waiting++] = folder;
  pthread_cond_signal(&news);
  pthread_mutex_unlock(&lock);
}

static char *take(void) {
  pthread_mutex_lock(&lock);
  while (!waiting && working) pthread_cond_wait(&news, &lock);
  char *folder = waiting ? folders[--waiting] : NULL;
  if (folder) working++;
  pthread_mutex_unlock(&lock);
  return folder;
}

static void done(long long count, long long sum, long long check) {
  pthread_mutex_lock(&lock);
  working--;
  files += count, bytes += sum, checks ^= check;
  pthread_cond_broadcast(&news);
  pthread_mutex_unlock(&lock);
}

static long long visit(int folder, const char *name, char *buffer, EVP_MD_CTX *context) {
  long long check = 0;
  int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  if (hashes) EVP_DigestInit_ex(context, EVP_sha256(), NULL);
  for (ssize_t count; (count = read(file, buffer, BUFFER)) > 0;)
    if (hashes) EVP_DigestUpdate(context, buffer, (size_t)count);
    else check ^= buffer[0];
  close(file);
  if (hashes) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_DigestFinal_ex(context, digest, NULL);
    memcpy(&check, digest, sizeof check);
  }
  return check;
}

static void *work(void *unused) {
  (void)unused;
  char *buffer = malloc(BUFFER), *path;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  while ((path = take())) {
    long long count = 0, sum = 0, check = 0;
    DIR *stream = opendir(path);
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
      if (entry->d_name[0] == '.') continue;
      if (entry->d_type == DT_DIR) {
        char *child;
        if (asprintf(&child, "%s/%s", path, entry->d_name) > 0) add(child);
        continue;
      }
      struct stat status;
      if (fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW)) continue;
      count++, sum += status.st_size;
      if (reads) check ^= visit(dirfd(stream), entry->d_name, buffer, context);
    }
    if (stream) closedir(stream);
    free(path);
    done(count, sum, check);
  }
  free(buffer);
  EVP_MD_CTX_free(context);
  return NULL;
}

int main(int count, char **words) {
  if (count != 4) return 64;
  reads = strcmp(words[1], "walk") != 0;
  hashes = strcmp(words[1], "sha256") == 0;
  add(strdup(words[2]));
  int threads = atoi(words[3]);
  pthread_t ids[64];
  for (int one = 0; one < threads && one < 64; one++) pthread_create(&ids[one], NULL, work, NULL);
  for (int one = 0; one < threads && one < 64; one++) pthread_join(ids[one], NULL);
  printf("%lld files, %lld bytes, %llx\n", files, bytes, checks);
}
