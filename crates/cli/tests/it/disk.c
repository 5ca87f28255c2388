/* Notes what a process writes to its SQLite files and what it has synced, so that a test can leave the files as a power cut
 * could: without what was not synced. Loaded before the C library; the program under test knows nothing of it.
 *
 * NEARHOME_DISK_LOG names the file of notes. With NEARHOME_DISK_LIES set, syncing is answered and not done, as by a disk
 * that keeps its cache and says otherwise: durability turned off. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITTEN = 1, SYNCED = 2, TRUNCATED = 3, REMOVED = 4 };

static int notes = -1;
static int lies;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("NEARHOME_DISK_LOG");
    lies = getenv("NEARHOME_DISK_LIES") != NULL;
    notes = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
}

/* The shared index of the log is rebuilt after a crash; nobody relies on it. */
static int is_ours(const char *path, size_t size)
{
    return notes >= 0 && memmem(path, size, ".sqlite", 7) && !memmem(path, size, "-shm", 4);
}

/* One append per note, so that threads and processes do not mix theirs. A note that cannot be written ends the test. */
static void note(enum kind kind, const char *path, size_t size, uint64_t offset, const void *bytes, uint64_t length)
{
    struct { uint32_t kind, size; uint64_t offset, length; } head = { kind, size, offset, length };
    struct iovec parts[3] = { { &head, sizeof head }, { (void *)path, size }, { (void *)bytes, bytes ? length : 0 } };
    ssize_t whole = (ssize_t)(sizeof head + size + parts[2].iov_len);
    if (writev(notes, parts, 3) != whole) abort();
}

static size_t path_of(int fd, char *path, size_t room)
{
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, room);
    return size > 0 && is_ours(path, (size_t)size) ? (size_t)size : 0;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
    static ssize_t (*next)(int, const void *, size_t, off64_t);
    char path[4096];
    size_t size = path_of(fd, path, sizeof path);
    if (size) note(WRITTEN, path, size, (uint64_t)offset, bytes, length);
    if (!next) next = dlsym(RTLD_NEXT, "pwrite64");
    return next(fd, bytes, length, offset);
}

int ftruncate64(int fd, off64_t length)
{
    static int (*next)(int, off64_t);
    char path[4096];
    size_t size = path_of(fd, path, sizeof path);
    if (size) note(TRUNCATED, path, size, (uint64_t)length, NULL, 0);
    if (!next) next = dlsym(RTLD_NEXT, "ftruncate64");
    return next(fd, length);
}

static int synced(int fd, const char *name)
{
    char path[4096];
    size_t size = path_of(fd, path, sizeof path);
    if (!size) {
        int (*next)(int) = dlsym(RTLD_NEXT, name);
        return next(fd);
    }
    if (!lies) note(SYNCED, path, size, 0, NULL, 0);
    return 0;
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

int unlink(const char *path)
{
    static int (*next)(const char *);
    if (is_ours(path, strlen(path))) note(REMOVED, path, strlen(path), 0, NULL, 0);
    if (!next) next = dlsym(RTLD_NEXT, "unlink");
    return next(path);
}
