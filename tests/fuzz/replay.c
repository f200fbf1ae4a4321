/* SPDX-License-Identifier: MIT */
/* replay.c - runs all files of the directories it is given through one fuzz_NAME.c: what once
 * crashed (regression/NAME) and the seeds (corpus/NAME) are unit tests, with any compiler. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static void run_file(int dir_fd, const char *name)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
    struct stat st;
    uint8_t *data;

    if (fd < 0 || fstat(fd, &st))
        abort();
    data = malloc((size_t)st.st_size + 1); /* exactly so long: reading on shows */
    if (!data || read(fd, data, (size_t)st.st_size + 1) != st.st_size)
        abort();
    (void)close(fd);
    data = realloc(data, st.st_size ? (size_t)st.st_size : 1);
    if (!data)
        abort();
    (void)LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
    free(data);
}

static unsigned run_dir(const char *path, unsigned n)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        (void)fprintf(stderr, "# %s\n", entry->d_name); /* the last one is the one that crashed */
        run_file(dirfd(dir), entry->d_name);
        (void)printf("ok %u - %s\n", ++n, entry->d_name);
        (void)fflush(stdout);
    }
    if (dir)
        (void)closedir(dir);
    return n;
}

int main(int argc, char *argv[])
{
    unsigned n = 0;

    for (int i = 1; i < argc; i++)
        n = run_dir(argv[i], n);
    (void)printf("1..%u\n", n);
    return n ? 0 : 1;
}
