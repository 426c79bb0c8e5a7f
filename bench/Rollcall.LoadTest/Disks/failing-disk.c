/*
 * Preloaded into a process, lets what it does to files below one directory fail when a control block, a file that both sides map, says so: writes, syncs,
 * cuts, renames, syncs of directories, deletes, and the making of files and directories.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* As DiskCalls.cs has them: which bit of `kinds`, and which place of `failed`. */
enum kind { WRITE, SYNC, CUT, RENAME, SYNC_OF_DIRECTORY, DELETE, MAKE, KINDS };

/* As DiskControl.cs has it. Calls of these kinds are numbered from 1; those from `from` up to, not including, `to` fail. */
struct control
{
    volatile int64_t calls, from, to, error, torn, kinds, failed[KINDS];
};

static struct control *control;
static char directory[4096];

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("FAILING_DISK_CONTROL"), *below = getenv("FAILING_DISK_DIRECTORY");
    int fd = path && below ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *block = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (block == MAP_FAILED) return;
    snprintf(directory, sizeof directory, "%s/", below);
    control = block;
}

static int hit(enum kind kind)
{
    if (!(control->kinds >> kind & 1)) return 0;
    int64_t call = __sync_add_and_fetch(&control->calls, 1);
    if (call < control->from || call >= control->to) return 0;
    __sync_add_and_fetch(&control->failed[kind], 1);
    return 1;
}

static int below(const char *path)
{
    return control && strncmp(path, directory, strlen(directory)) == 0;
}

static int fails(int fd, enum kind kind)
{
    char link[64], path[4096];
    if (!control) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path) && hit(kind);
}

/* The name has another version on each architecture. */
static void *find(void *handle, const char *name)
{
    static void *(*real)(void *, const char *);
    static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.0" };
    for (size_t i = 0; !real && i < sizeof versions / sizeof *versions; i++) real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    return real(handle, name);
}

/* .NET asks the C library itself for what programs declare of it, and would get past what is preloaded. */
void *dlsym(void *restrict handle, const char *restrict name)
{
    return strcmp(name, "fsync") == 0 ? (void *)fsync : find(handle, name);
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))find(RTLD_NEXT, #name)
#define FAIL do { errno = (int)control->error; return -1; } while (0)

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at)
{
    REAL(pwrite);
    if (!fails(fd, WRITE)) return real(fd, bytes, count, at);
    if (control->torn) real(fd, bytes, count / 2, at);
    FAIL;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at)
{
    REAL(pwrite64);
    if (!fails(fd, WRITE)) return real(fd, bytes, count, at);
    if (control->torn) real(fd, bytes, count / 2, at);
    FAIL;
}

ssize_t write(int fd, const void *bytes, size_t count)
{
    REAL(write);
    if (!fails(fd, WRITE)) return real(fd, bytes, count);
    FAIL;
}

static enum kind sync_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) ? SYNC_OF_DIRECTORY : SYNC;
}

int fsync(int fd) { REAL(fsync); if (fails(fd, sync_of(fd))) FAIL; return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); if (fails(fd, sync_of(fd))) FAIL; return real(fd); }
int ftruncate(int fd, off_t length) { REAL(ftruncate); if (fails(fd, CUT)) FAIL; return real(fd, length); }
int ftruncate64(int fd, off64_t length) { REAL(ftruncate64); if (fails(fd, CUT)) FAIL; return real(fd, length); }
int rename(const char *from, const char *to) { REAL(rename); if (below(to) && hit(RENAME)) FAIL; return real(from, to); }
int unlink(const char *path) { REAL(unlink); if (below(path) && hit(DELETE)) FAIL; return real(path); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); if (below(path) && hit(MAKE)) FAIL; return real(path, mode); }

/* Only a file that is not there is made. */
static int makes(const char *path, int flags)
{
    return flags & O_CREAT && below(path) && access(path, F_OK) != 0 && hit(MAKE);
}

int open(const char *path, int flags, ...)
{
    REAL(open);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (makes(path, flags)) FAIL;
    return real(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    REAL(open64);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (makes(path, flags)) FAIL;
    return real(path, flags, mode);
}
