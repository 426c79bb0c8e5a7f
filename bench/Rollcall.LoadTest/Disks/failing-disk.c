/* Preloaded into a process, lets its writes, syncs and renames below one directory fail when a control block, a file that both sides map, says so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* As DiskControl.cs has it. Calls are numbered from 1; those from `from` up to, not including, `to` fail. */
struct control
{
    volatile int64_t calls, from, to, error, torn, failed;
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

static int hit(void)
{
    int64_t call = __sync_add_and_fetch(&control->calls, 1);
    if (call < control->from || call >= control->to) return 0;
    __sync_add_and_fetch(&control->failed, 1);
    return 1;
}

static int below(const char *path)
{
    return control && strncmp(path, directory, strlen(directory)) == 0;
}

static int fails(int fd)
{
    char link[64], path[4096];
    if (!control) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path) && hit();
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FAIL do { errno = (int)control->error; return -1; } while (0)

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at)
{
    REAL(pwrite);
    if (!fails(fd)) return real(fd, bytes, count, at);
    if (control->torn) real(fd, bytes, count / 2, at);
    FAIL;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at)
{
    REAL(pwrite64);
    if (!fails(fd)) return real(fd, bytes, count, at);
    if (control->torn) real(fd, bytes, count / 2, at);
    FAIL;
}

ssize_t write(int fd, const void *bytes, size_t count)
{
    REAL(write);
    if (!fails(fd)) return real(fd, bytes, count);
    FAIL;
}

int fsync(int fd) { REAL(fsync); if (fails(fd)) FAIL; return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); if (fails(fd)) FAIL; return real(fd); }
int ftruncate(int fd, off_t length) { REAL(ftruncate); if (fails(fd)) FAIL; return real(fd, length); }
int ftruncate64(int fd, off64_t length) { REAL(ftruncate64); if (fails(fd)) FAIL; return real(fd, length); }
int rename(const char *from, const char *to) { REAL(rename); if (below(to) && hit()) FAIL; return real(from, to); }
