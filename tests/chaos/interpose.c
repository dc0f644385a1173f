/* Stands between a process and its C library, by LD_PRELOAD: a disk that is full or
 * slow, and a clock that was set. What is so right now is in a file of one page, which
 * all processes under test map, and into which they count what they met.
 *
 * It is C since that is what is interposed: the names below are the whole of it.
 *
 * DUEBELL_CHAOS_CONTROL  that file
 * DUEBELL_CHAOS_FOLDER   the disk is full or slow for files below this folder alone
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* As in control.rs. */
struct control {
  int64_t clock_offset_ms;
  int64_t disk_full;
  int64_t disk_slow_us;
  int64_t met_full;
  int64_t met_slow;
  int64_t met_clock;
};

static struct control *control;
static char folder[4096];
static size_t folder_length;

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("DUEBELL_CHAOS_CONTROL");
  const char *below = getenv("DUEBELL_CHAOS_FOLDER");
  if (file == NULL || below == NULL) return;
  int fd = open(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) _exit(97);
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) _exit(97);
  close(fd);
  snprintf(folder, sizeof folder, "%s/", below);
  folder_length = strlen(folder);
  /* What this process starts is not under test. */
  unsetenv("LD_PRELOAD");
  control = page;
}

#define COUNT(what) __atomic_add_fetch(&control->what, 1, __ATOMIC_RELAXED)
#define READ(what) __atomic_load_n(&control->what, __ATOMIC_RELAXED)

static int is_below(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  return length > (ssize_t)folder_length && memcmp(path, folder, folder_length) == 0;
}

/* Whether a call that takes room is refused. */
static int refused(int fd) {
  if (control == NULL || !READ(disk_full) || !is_below(fd)) return 0;
  COUNT(met_full);
  errno = ENOSPC;
  return 1;
}

static void wait_for_disk(int fd) {
  if (control == NULL) return;
  int64_t slow = READ(disk_slow_us);
  if (slow <= 0 || !is_below(fd)) return;
  COUNT(met_slow);
  struct timespec span = {slow / 1000000, slow % 1000000 * 1000};
  nanosleep(&span, NULL);
}

/* The function of this name in the C library. */
#define NEXT(type, name, ...)                                   \
  static type (*next)(__VA_ARGS__);                             \
  if (next == NULL) next = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *from, size_t count) {
  NEXT(ssize_t, write, int, const void *, size_t);
  return refused(fd) ? -1 : next(fd, from, count);
}

ssize_t pwrite(int fd, const void *from, size_t count, off_t at) {
  NEXT(ssize_t, pwrite, int, const void *, size_t, off_t);
  return refused(fd) ? -1 : next(fd, from, count, at);
}

ssize_t pwrite64(int fd, const void *from, size_t count, off64_t at) {
  NEXT(ssize_t, pwrite64, int, const void *, size_t, off64_t);
  return refused(fd) ? -1 : next(fd, from, count, at);
}

int fallocate(int fd, int mode, off_t from, off_t length) {
  NEXT(int, fallocate, int, int, off_t, off_t);
  return refused(fd) ? -1 : next(fd, mode, from, length);
}

int posix_fallocate(int fd, off_t from, off_t length) {
  NEXT(int, posix_fallocate, int, off_t, off_t);
  return refused(fd) ? ENOSPC : next(fd, from, length);
}

/* Making a file longer takes room; making it shorter does not. */
static int refused_length(int fd, off64_t length) {
  struct stat now;
  return fstat(fd, &now) == 0 && length > now.st_size && refused(fd);
}

int ftruncate(int fd, off_t length) {
  NEXT(int, ftruncate, int, off_t);
  return refused_length(fd, length) ? -1 : next(fd, length);
}

int ftruncate64(int fd, off64_t length) {
  NEXT(int, ftruncate64, int, off64_t);
  return refused_length(fd, length) ? -1 : next(fd, length);
}

int fsync(int fd) {
  NEXT(int, fsync, int);
  wait_for_disk(fd);
  return next(fd);
}

int fdatasync(int fd) {
  NEXT(int, fdatasync, int);
  wait_for_disk(fd);
  return next(fd);
}

int clock_gettime(clockid_t clock, struct timespec *into) {
  static int (*next)(clockid_t, struct timespec *);
  if (next == NULL) {
    next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    /* The loader itself may ask before it can answer that. */
    if (next == NULL) return (int)syscall(SYS_clock_gettime, clock, into);
  }
  int result = next(clock, into);
  if (result == 0 && clock == CLOCK_REALTIME && control != NULL) {
    int64_t offset = READ(clock_offset_ms);
    if (offset != 0) {
      COUNT(met_clock);
      int64_t nanos = into->tv_nsec + offset % 1000 * 1000000;
      into->tv_sec += offset / 1000 + (nanos < 0 ? -1 : nanos / 1000000000);
      into->tv_nsec = nanos < 0 ? nanos + 1000000000 : nanos % 1000000000;
    }
  }
  return result;
}
